"""Schemas that the tests of the writers share."""

from __future__ import annotations

from ghost_architect.schema.objects import IDENTITY, Column, Evidence, ForeignKey, Schema, Table
from ghost_architect.schema.types import BIGINT, TEXT, Type, enum, numeric, varchar

READ = (Evidence(0, 4, (10, 20, 80, 16), "Customer name"),)
HOSTILE = '</svg><script>alert("1")</script>\'&\u202egnp\x00'


def column(name: str, type_: Type = TEXT, nullable: bool = False, read: bool = False) -> Column:
    return Column(name, type_, nullable, evidence=READ if read else ())


def table(name: str, *columns: Column, keys: tuple[ForeignKey, ...] = (), uniques: tuple[str, ...] = ()) -> Table:
    first = Column("id", BIGINT, False, IDENTITY)
    return Table(name, (first, *columns), ("id",), tuple((u,) for u in uniques), foreign_keys=keys)


def to(parent: str, child_column: str) -> ForeignKey:
    return ForeignKey((child_column,), parent, ("id",))


SHOP = Schema(
    (
        table("customers", column("name", varchar(120), read=True), column("phone", varchar(40), nullable=True)),
        table(
            "orders",
            column("total", numeric(12, 2), read=True),
            column("status", enum("draft", "paid"), read=True),
            column("customer_id", BIGINT),
            keys=(to("customers", "customer_id"),),
        ),
        table(
            "invoices",
            column("order_id", BIGINT),
            column("paid_by", BIGINT, nullable=True),
            keys=(to("orders", "order_id"), to("customers", "paid_by")),
            uniques=("order_id",),
        ),
    )
)
