"""What was noticed about a schema: the one form in which rules, `fit`, `parse` and the engines report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """ERROR: it does not run or breaks a promise. WARNING: it runs and is not good. INFO: worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing noticed. `table` and `column` are empty where it concerns the whole."""

    code: str
    severity: Severity
    table: str
    column: str
    message: str
    hint: str = ""
