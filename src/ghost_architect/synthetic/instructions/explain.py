"""Explain: a concrete question about a schema, answered in words.

Every answer is read off the schema: what is deleted with what, which column leads where, what may be empty.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from ghost_architect.schema.ddl import ddl

from . import questions_deletion, questions_rows, questions_schema
from .case import Case
from .example import Example
from .slips import restyled

Question = Callable[[Case, Random], tuple[str, str] | None]


def explain(case: Case, rng: Random) -> Example | None:
    """A question and its answer; None where the schema raises none of the questions."""
    for question in rng.sample(_QUESTIONS, len(_QUESTIONS)):
        found = question(case, rng)
        if found is not None:
            asked, answer = found
            return Example("explain", asked, restyled(ddl(case.schema), rng), answer, case.schema)
    return None


_QUESTIONS: tuple[Question, ...] = (
    questions_deletion.deletion,
    questions_deletion.why_junction,
    questions_schema.path,
    questions_rows.order,
    questions_rows.refusals,
    questions_rows.empty,
    questions_schema.overview,
    questions_schema.numbers,
    questions_schema.column_types,
)
