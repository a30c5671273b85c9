"""How many rows stand at each end of a foreign key."""

from __future__ import annotations

from ghost_architect.schema.objects import Column, ForeignKey, Index, Schema, Table
from ghost_architect.schema.types import BIGINT
from ghost_architect.writers.relations import relations, unique_alone

from .samples import SHOP, column, table, to


def test_optional_and_single_follow_from_null_and_unique() -> None:
    found = {(r.child.name, r.key.columns[0]): (r.optional, r.single) for r in relations(SHOP)}
    assert found == {
        ("orders", "customer_id"): (False, False),
        ("invoices", "order_id"): (False, True),
        ("invoices", "paid_by"): (True, False),
    }


def test_a_junction_is_identifying_and_not_single() -> None:
    keys = (to("users", "user_id"), to("roles", "role_id"))
    both = (Column("user_id", BIGINT), Column("role_id", BIGINT))
    junction = Table("user_roles", both, ("user_id", "role_id"), foreign_keys=keys)
    found = relations(Schema((table("users"), table("roles"), junction)))
    assert [(r.identifying, r.single, r.optional) for r in found] == [(True, False, False)] * 2


def test_a_unique_part_of_the_key_makes_it_single() -> None:
    parent = Table("p", (column("a"), column("b")), ("a", "b"))
    key = ForeignKey(("x", "y"), "p", ("a", "b"))
    child = Table("c", (column("x"), column("y")), foreign_keys=(key,), indexes=(Index(("x",), unique=True),))
    assert relations(Schema((parent, child)))[0].single


def test_a_key_on_a_missing_table_is_no_relation() -> None:
    assert relations(Schema((table("a", column("b_id", BIGINT), keys=(to("b", "b_id"),)),))) == ()


def test_unique_alone_leaves_the_primary_key_out() -> None:
    assert unique_alone(SHOP.tables[-1]) == {"order_id"}
    assert unique_alone(SHOP.tables[0]) == frozenset()
