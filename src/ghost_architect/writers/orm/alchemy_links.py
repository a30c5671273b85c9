"""Foreign keys as relationships: an attribute at each end, named, typed and told which columns it goes by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ghost_architect.schema.naming import entity_name, identifier, table_name
from ghost_architect.schema.objects import ForeignKey, OnDelete, Schema, Table

from ..python import Call, Expr, call, keywords, string, variable
from ..relations import Relation, relations
from .alchemy_names import Naming
from .shared import back, in_circles, stem


@dataclass(frozen=True, slots=True)
class Link:
    """A relationship as an attribute: `name: Mapped[type_] = value`."""

    name: str
    type_: str
    value: Expr


@dataclass(frozen=True, slots=True)
class _Ends:
    """A key between two classes, and what it is called at either end."""

    relation: Relation
    there: str
    back: str


def links(schema: Schema, named: Naming) -> dict[str, list[Link]]:
    """Per table, its relationships: to one, to many, many to many.

    Args:
        schema: the tables; a key from or to one that is no class gives no relationship.
        named: what the module's parts are called; the attributes made here are added to its scopes.
    """
    return _Links(schema, named).all()


class _Links:
    def __init__(self, schema: Schema, named: Naming) -> None:
        self.schema, self.classes, self.junctions = schema, named.classes, named.junctions
        self.attributes, self.scopes = named.attributes, named.scopes
        self.out: dict[str, list[Link]] = defaultdict(list)
        self.found = [r for r in relations(schema) if self._is_followed(r)]
        self.late = _updated_afterwards(schema)

    def all(self) -> dict[str, list[Link]]:
        ends = [self._named(r) for r in self.found]
        for one in ends:
            self._to_one(one, ends)
        for one in ends:
            self._to_many(one, ends)
        for table in self.schema.tables:
            if table.name in self.junctions:
                self._through(table)
        return self.out

    def _is_followed(self, relation: Relation) -> bool:
        """Two classes, one key over these columns, and not from a row to itself."""
        child, key = relation.child, relation.key
        twins = [f for f in child.foreign_keys if set(f.columns) == set(key.columns) and f.table == key.table]
        to_itself = child.name == key.table and set(key.columns) & set(key.references)
        return {child.name, key.table} <= self.classes.keys() and len(twins) == 1 and not to_itself

    def _between(self, relation: Relation, both_ways: bool) -> int:
        """How many other keys lead between the same tables."""
        child, parent = relation.child.name, relation.parent.name
        pairs = {(child, parent), (parent, child)} if both_ways else {(child, parent)}
        return sum((t.name, f.table) in pairs for t in self.schema.tables for f in t.foreign_keys) - 1

    # --- names ---

    def _named(self, relation: Relation) -> _Ends:
        own, row = stem(relation), entity_name(relation.parent.name)
        column = identifier(relation.key.columns[0]) if len(relation.key.columns) == 1 else ""
        wanted = [own, f"{own}_{row}"] if own != column else [f"{own}_row" if own == row else f"{own}_{row}"]
        there = self._take(relation.child.name, *wanted)
        here = self._take(relation.parent.name, back(relation, self._between(relation, both_ways=False)))
        return _Ends(relation, there, here)

    def _take(self, table: str, *wanted: str) -> str:
        return self.scopes[table].take(*(variable(name, "row") for name in wanted))

    # --- one to many ---

    def _to_one(self, ends: _Ends, others: Sequence[_Ends]) -> None:
        relation, key = ends.relation, ends.relation.key
        parent = self.classes[relation.parent.name]
        mine = self._columns(relation.child.name, key.columns)
        theirs = self._columns(relation.parent.name, key.references)
        told = self._between(relation, both_ways=True) > 0
        items = keywords(
            back_populates=string(ends.back),
            foreign_keys=Call("", mine, "[]") if told else None,
            remote_side=Call("", theirs, "[]") if relation.child.name == relation.parent.name else None,
            **self._shared(ends, others),
        )
        type_ = f"{parent} | None" if relation.optional else parent
        self.out[relation.child.name].append(Link(ends.there, type_, call("relationship", items)))

    def _to_many(self, ends: _Ends, others: Sequence[_Ends]) -> None:
        relation, key = ends.relation, ends.relation.key
        child = self.classes[relation.child.name]
        mine = self._columns(relation.child.name, key.columns)
        dotted = ", ".join(f"{child}.{name}" for name in mine)
        told: Expr = string(dotted if len(mine) == 1 else f"[{dotted}]")
        if relation.child.name == relation.parent.name:
            told = Call("", mine, "[]")
        items = keywords(
            back_populates=string(ends.there),
            foreign_keys=told if self._between(relation, both_ways=True) > 0 else None,
            **_deleting(relation),
            **self._shared(ends, others),
        )
        type_ = f"{child} | None" if relation.single else f"list[{child}]"
        self.out[relation.parent.name].append(Link(ends.back, type_, call("relationship", items)))

    def _columns(self, table: str, names: Iterable[str]) -> list[str]:
        return [self.attributes[table][n] for n in names]

    def _shared(self, ends: _Ends, others: Sequence[_Ends]) -> dict[str, Expr | None]:
        """What both ends say: a second statement for keys in a circle, and which others write the same columns."""
        relation = ends.relation
        same = [
            other
            for other in others
            if other is not ends
            and other.relation.child.name == relation.child.name
            and set(other.relation.key.columns) & set(relation.key.columns)
        ]
        names = sorted({name for other in same for name in (other.there, other.back)} - {ends.there, ends.back})
        return {
            "post_update": "True" if (relation.child.name, relation.key) in self.late else None,
            "overlaps": string(",".join(names)) if names else None,
        }

    # --- many to many ---

    def _through(self, junction: Table) -> None:
        one, other = junction.foreign_keys
        here = self._take(one.table, table_name(other.table), f"{junction.name}_{table_name(other.table)}")
        there = self._take(other.table, table_name(one.table), f"{junction.name}_{table_name(one.table)}")
        for table, name, target, opposite in (
            (one.table, here, other.table, there),
            (other.table, there, one.table, here),
        ):
            items = keywords(secondary=self.junctions[junction.name], back_populates=string(opposite))
            self.out[table].append(Link(name, f"list[{self.classes[target]}]", call("relationship", items)))


def _deleting(relation: Relation) -> dict[str, Expr | None]:
    """What becomes of the rows that point at a deleted one: what the database does, and nothing before that.

    SQLAlchemy by itself would load them and empty their keys first.
    """
    action = relation.key.on_delete
    if action is OnDelete.CASCADE:
        return {"cascade": string("all, delete"), "passive_deletes": "True"}
    if action is OnDelete.SET_NULL:
        return {"passive_deletes": "True"}
    return {"passive_deletes": string("all") if relation.optional else None}


def _updated_afterwards(schema: Schema) -> set[tuple[str, ForeignKey]]:
    """Keys in circles that are filled by a second statement, when both rows are there.

    Those that point forward, where they may be empty meanwhile; else all that may be.
    """
    place = {t.name: i for i, t in enumerate(schema.tables)}
    circles = list(in_circles(schema))
    free = {(t.name, f) for t, f in circles if all(c.nullable for c in t.columns if c.name in f.columns)}
    forward = {(t.name, f) for t, f in circles if place[f.table] > place[t.name]}
    return min(forward, free)
