"""Requirements to schema: somebody describes what an application keeps, and gets its database.

The same case can be told in seven voices: an owner's letter, a list of entities, user stories, notes of a
meeting, an interview, a glossary, the columns of the spreadsheets that it replaces.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from ghost_architect.schema.ddl import ddl

from ..apps.app import Attribute, Thing
from . import english as en
from . import rules
from .case import Case
from .example import Example

_ASK = (
    "Design a PostgreSQL schema for the application described below.",
    "Write the CREATE TABLE statements for this system, for PostgreSQL.",
    "Turn these requirements into a normalised PostgreSQL database.",
    "Which tables does this need? Answer with PostgreSQL DDL only.",
    "Model the following as a relational schema, with keys, constraints and indexes.",
    "Here is what a client told us. Give me the database for it.",
    "From the description, derive tables, columns, keys and checks. PostgreSQL, please.",
    "I need the database behind this. SQL for PostgreSQL, no commentary.",
    "Produce DDL for PostgreSQL that holds everything mentioned here and nothing else.",
    "Create the schema. Index every foreign key.",
    "Translate this into SQL: tables, foreign keys with the right delete behaviour, unique constraints.",
    "Read the notes and write the migration that creates the database from nothing (PostgreSQL).",
    "What would the PostgreSQL schema for this look like?",
    "Please model this for PostgreSQL.",
    "Set up the tables for {product}.",
    'Give the complete DDL for {product}, a product of the kind "{title}".',
    "We are starting on {product}. Write its first schema in PostgreSQL.",
    "Draft the data model of {product} as PostgreSQL DDL.",
)


def requirements(case: Case, rng: Random) -> Example:
    """A description and its schema."""
    ask = rng.choice(_ASK).format(product=case.product, title=case.domain.title.lower())
    text = rng.choice(_VOICES)(case, rng)
    return Example("requirements", ask, text, ddl(case.schema), case.schema)


def _own(thing: Thing) -> list[Attribute]:
    return [a for a in thing.attributes if not a.targets]


def _split(thing: Thing) -> tuple[list[Attribute], list[Attribute]]:
    """Facts that must be there, and those that may be missing."""
    own = _own(thing)
    return [a for a in own if a.required], [a for a in own if not a.required]


def _shuffled(sentences: Sequence[str], rng: Random) -> list[str]:
    out = list(sentences)
    rng.shuffle(out)
    return out


def _all_rules(case: Case, rng: Random) -> list[str]:
    return [
        *rules.links(case, rng),
        *rules.constraints(case, rng),
        *rules.deletions(case, rng),
        *rules.bookkeeping(case, rng),
    ]


# --- the voices ---


def _letter(case: Case, rng: Random) -> str:
    """An owner writes, in paragraphs."""
    kind, main = case.domain.title.lower(), case.main()
    opening = rng.choice(
        [
            f"We are building {case.product}, {en.a(kind)} product, and it turns around {main.title}.",
            f"{case.product} is our {kind} software. At its heart {en.be(main.title)} {main.title}.",
            f"My team runs everything on paper so far. {case.product} shall do it instead: {kind}, first of all {main.title}.",
            f"Think of {kind}: people open {case.product} in the morning to look after {main.title}.",
            f"{case.product} replaces three tools that we use for {kind} today.",
            f"I have been asked to specify {case.product}. The field is {kind}; the users mostly work with {main.title}.",
        ]
    )
    paragraphs = [opening, *(_paragraph(thing, rng) for thing in case.things.values())]
    paragraphs.append(" ".join(rules.links(case, rng)))
    rest = [*rules.constraints(case, rng), *rules.deletions(case, rng), *rules.bookkeeping(case, rng)]
    if rest:
        paragraphs.append(" ".join(rest))
    return "\n\n".join(paragraphs)


def _paragraph(thing: Thing, rng: Random) -> str:
    needed, optional = _split(thing)
    one, out = thing.noun, list[str]()
    if needed:
        said = en.facts(needed, rng)
        out.append(
            rng.choice(
                [
                    f"For {en.a(one)} we always keep {said}.",
                    f"{en.capital(en.a(one))} has {said}.",
                    f"Every {one} comes with {said}.",
                    f"About each {one} we must know {said}.",
                    f"{en.capital(thing.title)}: we need {said}.",
                ]
            )
        )
    if optional:
        said = en.facts(optional, rng)
        out.append(
            rng.choice(
                [
                    f"If known, we also note {said}.",
                    f"Not always there: {said}.",
                    f"{en.capital(said)} may be missing.",
                    f"Optionally there is {said}.",
                    f"Sometimes we also have {said}, but that can stay blank.",
                ]
            )
        )
    if not out:
        out.append(f"{en.capital(thing.title)} have no facts of their own beyond what they link.")
    return " ".join(out)


def _entities(case: Case, rng: Random) -> str:
    """A specification: entities with bullets, then rules."""
    bullet = rng.choice(["- ", "* ", "  - "])
    head = rng.choice(["{}", "### {}", "{}:", "**{}**"])
    out = [f"{case.product} ({case.domain.title.lower()})", "", rules.required_policy(rng)]
    for thing in case.things.values():
        out += ["", head.format(en.capital(thing.noun))]
        out += [f"{bullet}{en.item(a)}{'' if a.required else '?'}" for a in _own(thing)] or [f"{bullet}(links only)"]
    out += ["", rng.choice(["Rules", "Relations and rules", "Business rules:", "What has to hold"])]
    out += [f"{bullet}{text}" for text in _all_rules(case, rng)]
    return "\n".join(out)


def _stories(case: Case, rng: Random) -> str:
    """User stories with acceptance criteria."""
    who = rng.choice(["clerk", "manager", "member of staff", "coordinator", "back-office user", "team lead", "user"])
    out = [f"User stories for {case.product}", ""]
    for number, thing in enumerate(case.things.values(), 1):
        needed, optional = _split(thing)
        verb = rng.choice(["record", "enter", "manage", "look after", "keep"])
        story = f"{number}. As a {who}, I want to {verb} {thing.title}"
        said = en.listed([en.item(a) for a in needed]) if needed else ""
        story += rng.choice([f" with {said}.", f", each with {said}."]) if said else "."
        if optional:
            story += (
                rng.choice([" I can leave out ", " May be blank: ", " Not mandatory: "])
                + en.listed([en.item(a) for a in optional])
                + "."
            )
        out.append(story)
    out += ["", rng.choice(["Acceptance criteria", "Done when", "It is right if all of this holds:"])]
    return "\n".join([*out, *(f"- {text}" for text in _all_rules(case, rng))])


def _meeting(case: Case, rng: Random) -> str:
    """Short notes, with dashes, as somebody typed them."""
    month, day = rng.choice(["March", "May", "June", "September", "October"]), rng.randint(2, 28)
    out = [
        rng.choice(
            [
                f"Notes, kick-off {case.product}, {day} {month}",
                f"{case.product}: workshop of {day} {month}",
                f"Call with the {case.product} people ({day} {month})",
            ]
        )
    ]
    out.append(rng.choice(["(? = can be empty)", "things with ? are optional, rest mandatory", "optional = ?"]))
    for thing in case.things.values():
        entries = ", ".join(f"{en.item(a)}{'' if a.required else '?'}" for a in _own(thing))
        out.append(f"- {thing.title}: {entries or 'just links'}")
    out += [
        f"- {text[0].lower()}{text[1:].rstrip('.')}" if text[:2].lower() != "uu" else f"- {text}"
        for text in _all_rules(case, rng)
    ]
    return "\n".join(out)


def _interview(case: Case, rng: Random) -> str:
    """Questions and answers."""
    out = [
        rng.choice(["Q: What is it for?", "Q: In one sentence, what does it do?", "Q: What are we building?"]),
        f"A: {case.domain.title}. We call it {case.product}.",
    ]
    for thing in case.things.values():
        question = rng.choice(
            [
                f"What do you keep about {en.a(thing.noun)}?",
                f"Tell me about {thing.title}.",
                f"And {thing.title}?",
                f"What belongs on the form for {en.a(thing.noun)}?",
            ]
        )
        out += [f"Q: {question}", f"A: {_paragraph(thing, rng)}"]
    out += [
        rng.choice(["Q: How does it all hang together?", "Q: And the links between these?"]),
        "A: " + " ".join(rules.links(case, rng)),
    ]
    rest = rules.constraints(case, rng)
    if rest:
        out += [
            rng.choice(
                ["Q: Anything that must never happen?", "Q: Which rules apply?", "Q: What should the database check?"]
            ),
            "A: " + " ".join(rest),
        ]
    rest = [*rules.deletions(case, rng), *rules.bookkeeping(case, rng)]
    if rest:
        out += [
            rng.choice(
                [
                    "Q: And when something is deleted?",
                    "Q: Housekeeping?",
                    "Q: Last question: deleting, and who did what when?",
                ]
            ),
            "A: " + " ".join(rest),
        ]
    return "\n".join(out)


def _glossary(case: Case, rng: Random) -> str:
    """Terms with definitions, in the order of the alphabet."""
    out = [
        rng.choice([f"Glossary of {case.product}", f"Terms used in {case.product} ({case.domain.title.lower()})"]),
        "",
    ]
    things = sorted(case.things.values(), key=lambda t: t.noun)
    out += [f"{en.capital(thing.noun)}. {_paragraph(thing, rng)}" for thing in things]
    return "\n".join([*out, "", *_all_rules(case, rng)])


def _sheets(case: Case, rng: Random) -> str:
    """The columns of the spreadsheets that it replaces."""
    out = [
        rng.choice(
            [
                f"Today {case.product} is a workbook. These are its sheets with their column headings.",
                "We keep all of this in spreadsheets now, one sheet for each kind of thing.",
                f"Export of the old {case.domain.title.lower()} workbook, sheet by sheet.",
            ]
        ),
        rules.required_policy(rng),
        "",
    ]
    for thing in case.things.values():
        headings = " | ".join(en.capital(en.item(a)) + ("" if a.required else " ?") for a in _own(thing))
        out.append(f"{en.capital(thing.title)}: {headings or '(only references)'}")
    return "\n".join(
        [
            *out,
            "",
            *_shuffled(rules.links(case, rng), rng),
            *rules.constraints(case, rng),
            *rules.deletions(case, rng),
            *rules.bookkeeping(case, rng),
        ]
    )


_VOICES: tuple[Callable[[Case, Random], str], ...] = (
    _letter,
    _letter,
    _entities,
    _stories,
    _meeting,
    _interview,
    _glossary,
    _sheets,
)
