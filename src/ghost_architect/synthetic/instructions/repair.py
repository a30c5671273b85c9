"""Schema repair: a script with faults of design, and often of syntax; what was wrong, and the script as it should be."""

from __future__ import annotations

from random import Random

from ghost_architect.schema.ddl import ddl

from . import english as en
from .case import Case
from .example import Example, fenced
from .faults import MAKERS
from .slips import SLIPS, restyled

_ASK = (
    "Review this PostgreSQL schema, say what is wrong with it and write it properly.",
    "Repair the schema below. Explain each change in a line.",
    "This was written in a hurry. Find the mistakes and correct them.",
    "What is wrong here? Give a corrected version for PostgreSQL.",
    "A junior colleague submitted this for review. Correct it, and list the problems so that they can learn from it.",
    "Fix this schema without changing what it stores.",
    "Clean this up: types, keys, indexes, normal forms. PostgreSQL.",
    "Our old {title} database was created with this script. Improve it, and keep the names that are fine.",
    "Code review: the schema of {product}. Point out every defect and hand back a corrected script.",
    "The {title} schema below has several faults. Correct them.",
    "Please go through this DDL critically and return the version you would put into production.",
    "Another model wrote this schema. Check it and repair what does not hold up.",
)
_ASK_BROKEN = (
    "PostgreSQL refuses this script. Find out why, and while you are at it repair the design as well.",
    "This does not run on PostgreSQL. Make it run, and fix whatever else is bad about it.",
    "I get a syntax error, and I suspect that is not the only problem. Correct the script.",
    "Please get this script for {product} to run on PostgreSQL 16, and correct its design too.",
    "psql stops in the middle of this file. Repair it and tell me what you changed.",
)


def repair(case: Case, rng: Random) -> Example | None:
    """A broken schema and its correction; None where the case has no room for two faults."""
    good = bad = case.schema
    said: list[str] = []
    wanted, used = rng.choice([2, 3, 3, 4, 5]), set[str]()
    for maker in rng.sample(MAKERS, len(MAKERS)):
        made = maker(case, good, bad, rng)
        if made is None or made.table in used:
            continue
        good, bad = made.good, made.bad
        used.add(made.table)
        said.append(made.said)
        if len(said) == wanted:
            break
    text = ddl(bad)
    slips = rng.sample(SLIPS, rng.choice([0, 1, 1, 2]))
    slipped: list[str] = []
    for slip in slips:
        done = slip(text, rng)
        if done is not None:
            text, why = done
            slipped.append(why)
    if len(said) + len(slipped) < 2 or not said:
        return None
    ask = rng.choice(_ASK_BROKEN if slipped and rng.random() < 0.7 else _ASK)
    asked = ask.format(product=case.product, title=case.domain.title.lower())
    return Example("repair", asked, restyled(text, rng), _answer([*slipped, *said], ddl(good), rng), good)


def _answer(said: list[str], sql: str, rng: Random) -> str:
    numbered = [f"{i}. {text}" for i, text in enumerate(said, 1)]
    count = en.number(len(said))
    match rng.randrange(3):
        case 0:
            head = rng.choice(["Changes:", "What was wrong:", f"{en.capital(count)} corrections:", "Corrected:"])
            return "\n".join([f"-- {head}", *(f"-- {line}" for line in numbered), "", sql.rstrip()]) + "\n"
        case 1:
            head = rng.choice(
                [
                    f"I found {count} problems:",
                    f"There are {count} things to put right:",
                    "The problems, in the order in which I would fix them:",
                ]
            )
            return "\n".join(
                [
                    head,
                    "",
                    *numbered,
                    "",
                    rng.choice(["The corrected schema:", "With all of that corrected:", "Corrected script:"]),
                    "",
                    fenced(sql),
                ]
            )
        case _:
            head = rng.choice(["What changes, and why:", "Findings:", "Review:"])
            return "\n".join([head, "", *(f"- {text}" for text in said), "", fenced(sql)])
