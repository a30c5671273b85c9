"""The rules of a case in sentences: what points at what, what happens on deletion, what may not be.

Together with the facts they say everything that the schema holds, so that the answer can be derived.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from ghost_architect.schema.objects import Schema, Table

from ..apps.app import Attribute, Thing
from . import english as en
from .case import Case


def links(case: Case, rng: Random) -> list[str]:
    """A sentence for each link between things, in the order of the things."""
    return [
        _link(thing, a, case.things[a.targets[0]], rng)
        for thing in case.things.values()
        for a in thing.attributes
        if a.targets
    ]


def _link(thing: Thing, a: Attribute, target: Thing, rng: Random) -> str:
    one, other, words = thing.noun, target.noun, en.spaced(a.name)
    if a.kind == "><":
        return _many(thing, a, target, rng)
    if target is thing:
        return rng.choice(
            [
                f'{en.capital(en.a(one))} may refer to another {one} as "{words}".',
                f'Optionally, {en.a(one)} points at one more {one} ("{words}").',
                f'There is a tree: under "{words}", {en.a(one)} can name another {one}, or nothing.',
            ]
        )
    if a.field.part:
        return rng.choice(
            [
                f"{en.capital(thing.title)} are parts of {en.a(other)}: each has exactly one, and is deleted along with it.",
                f"{en.capital(en.a(other))} consists of {thing.title}; deleting it deletes them.",
                f"Each {one} lives inside one {other} and disappears when the {other} does.",
                f"{en.capital(en.a(one))} cannot exist without its {other}, and goes when the {other} goes.",
            ]
        )
    role = en.role(a, target, rng)
    if a.kind == "--":
        tail = f"no two {thing.title} share one"
        if a.required:
            return rng.choice(
                [
                    f"Every {one} has exactly one {other}{_as(a, target)}, and {tail}.",
                    f"Each {one} goes with {role}; {tail}.",
                ]
            )
        return rng.choice(
            [f"{en.capital(en.a(one))} may go with {role}, and {tail}.", f"Some {thing.title} have {role}; {tail}."]
        )
    if a.required:
        return rng.choice(
            [
                f"Every {one} has {role}.",
                f"Each {one} needs {role}.",
                f"{en.capital(en.a(one))} always has {role}.",
                f"{en.capital(en.a(one))} is never without {role}.",
                f"No {one} without {role}.",
            ]
        )
    return rng.choice(
        [
            f"{en.capital(en.a(one))} may have {role}.",
            f"Optionally, {en.a(one)} has {role}.",
            f"Some {thing.title} have {role}, others do not.",
            f"{en.capital(en.a(one))} can have {role}, but need not.",
        ]
    )


def _as(a: Attribute, target: Thing) -> str:
    return "" if a.name == target.name else f' ("{en.spaced(a.name)}")'


def _many(thing: Thing, a: Attribute, target: Thing, rng: Random) -> str:
    one, other, words = thing.noun, target.noun, en.spaced(a.name)
    if target is thing:
        return f'{en.capital(en.a(one))} can be linked to several other {thing.title} ("{words}"), in any combination.'
    named = "" if a.name in (target.name, target.entity.plural) else f' ("{words}")'
    return rng.choice(
        [
            f"{en.capital(en.a(one))} can have any number of {target.title}{named}, and {en.a(other)} can belong to many {thing.title}.",
            f"{en.capital(thing.title)} and {target.title} are many to many{named}.",
            f"Several {target.title}{named} can be attached to {en.a(one)}; the same {other} is used by many {thing.title}.",
            f"For {en.a(one)} people pick as many {target.title} as they like{named}; the list of {target.title} is shared.",
        ]
    )


def deletions(case: Case, rng: Random) -> list[str]:
    """What happens when something is deleted that others point at."""
    attributes = [a for t in case.things.values() for a in t.attributes if a.kind in ("->", "--") and not a.field.part]
    out: list[str] = []
    if any(a.required for a in attributes):
        out.append(
            rng.choice(
                [
                    "What is still referred to by a mandatory link cannot be deleted.",
                    "Deleting something that others need must be refused.",
                    "The database should refuse to delete a row that a required reference still points at.",
                    "Nobody may delete a record while others depend on it.",
                ]
            )
        )
    if any(not a.required for a in attributes):
        out.append(
            rng.choice(
                [
                    "Where a link is optional and its target is deleted, the link simply becomes empty.",
                    "If the target of an optional link goes away, the link is cleared and the rest stays.",
                    "Optional references are set to NULL when what they point at is deleted.",
                    "Losing the target of an optional reference only blanks that reference.",
                ]
            )
        )
    if any(a.junction for t in case.things.values() for a in t.attributes):
        out.append(
            rng.choice(
                [
                    "Many-to-many links vanish together with either side.",
                    "Deleting either end of a many-to-many link removes the link, not the other end.",
                    "For many-to-many pairs, a pair goes as soon as one of its two sides goes.",
                ]
            )
        )
    return out


def constraints(case: Case, rng: Random) -> list[str]:
    """What must be unique, in order, or within bounds, and what a new row starts with."""
    return [s for thing in case.things.values() for s in _of_thing(thing, case.table(thing), rng)] + list(
        _bounds(case, rng)
    )


def _of_thing(thing: Thing, table: Table, rng: Random) -> Iterator[str]:
    facts = {a.columns[0]: en.spaced(a.name) for a in thing.attributes if len(a.columns) == 1}
    linked = {a.columns[0] for a in thing.attributes if a.kind == "--"}
    for key in table.uniques:
        words = [facts[c] for c in key]
        if set(key) & linked:
            continue
        if len(words) == 1:
            yield rng.choice(
                [
                    f"No two {thing.title} have the same {words[0]}.",
                    f"The {words[0]} of {en.a(thing.noun)} is unique.",
                    f"{en.capital(words[0])} must not repeat among {thing.title}.",
                ]
            )
        else:
            yield rng.choice(
                [
                    f"The combination of {en.listed(words)} occurs only once among {thing.title}.",
                    f"Two {thing.title} may share {en.listed(words, 'or')}, but never {'both' if len(words) == 2 else 'all'} at once.",
                ]
            )
    for check in table.checks:
        for term in check.terms:
            if term.column is not None and term.left in facts and term.column in facts:
                early, late = facts[term.left], facts[term.column]
                yield rng.choice(
                    [
                        f'On {en.a(thing.noun)}, "{late}" is never before "{early}".',
                        f'For {thing.title}, "{early}" must not come after "{late}".',
                    ]
                )
    for a in thing.attributes:
        column = table.column(a.columns[0]) if a.kind == "choice" and a.columns else None
        if column is not None and column.default is not None:
            called = en.spaced(a.name)
            yield rng.choice(
                [
                    f'A new {thing.noun} starts with the {called} "{column.default.value}".',
                    f'Unless somebody says otherwise, the {called} of {en.a(thing.noun)} is "{column.default.value}".',
                ]
            )


def _bounds(case: Case, rng: Random) -> Iterator[str]:
    kinds = {a.kind for t in case.things.values() for a in t.attributes if not a.targets}
    said = [
        text
        for kind, text in (
            ("count", "counts start at zero and are never negative"),
            ("position", "positions are never negative"),
        )
        if kind in kinds
    ]
    said += [
        text
        for kind, text in (("percent", "percentages lie between 0 and 100"), ("rating", "ratings go from 1 to 5"))
        if kind in kinds
    ]
    if said:
        yield en.capital(rng.choice([en.listed(said), "; ".join(said)])) + "."
    if "flag" in kinds:
        yield rng.choice(
            [
                'Every yes/no field is "no" until somebody ticks it.',
                "All check boxes are off by default.",
                "Yes/no values are never unknown; they begin as no.",
            ]
        )


def bookkeeping(case: Case, rng: Random) -> list[str]:
    """Times that rows carry, and what keys are."""
    out: list[str] = []
    by_names: dict[tuple[str, ...], list[str]] = {}
    for table in case.schema.tables:
        names = case.stamps.get(table.name, ())
        if names:
            by_names.setdefault(names, []).append(en.many(table.name))
    for names, things in by_names.items():
        what = "when each was created and last changed" if len(names) > 1 else f"when each was {names[0].split('_')[0]}"
        columns = en.listed(names)
        out.append(
            rng.choice(
                [
                    f"For {en.listed(things)}, record {what} ({columns}).",
                    f"Each row of {en.listed(things)} carries {columns}, filled in by the database.",
                    f"{columns} on {en.listed(things)}, please, set automatically.",
                ]
            )
        )
    if case.uuid:
        out.append(
            rng.choice(
                [
                    "All keys are UUIDs.",
                    "Use UUIDs as primary keys, generated by the database.",
                    "Keys should be UUIDs, not numbers.",
                ]
            )
        )
    return out


def required_policy(rng: Random) -> str:
    """How the text marks what may be empty, in the list-like voices."""
    return rng.choice(
        [
            "Anything marked with ? may be left empty; everything else is required.",
            "A question mark means optional. The rest is mandatory.",
            "Optional entries carry a ?; all others must be filled in.",
        ]
    )


def is_rich(schema: Schema) -> bool:
    """Whether a schema is worth an example: two tables, or six columns."""
    return len(schema.tables) >= 2 or sum(len(t.columns) for t in schema.tables) >= 6
