"""Every format is found by name, and says what it is."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ghost_architect.errors import UsageError
from ghost_architect.schema.objects import Schema
from ghost_architect.schema.types import TIMESTAMPTZ, UUID
from ghost_architect.writers import BINARY, WRITERS, write, writer

from .samples import HOSTILE, SHOP, column, table


@pytest.mark.parametrize("name", WRITERS)
def test_every_writer_keeps_the_contract(name: str) -> None:
    for schema in (Schema(), SHOP, Schema((table(HOSTILE, column(HOSTILE)),))):
        written = write(schema, name)
        assert isinstance(written, bytes) == (name in BINARY)
        assert isinstance(written, bytes) or written.endswith("\n")
        assert written == write(schema, name)
    assert (writer(name).__doc__ or "").strip()


@pytest.mark.parametrize("name", sorted(WRITERS.keys() - BINARY))
def test_what_is_written_is_what_the_dialect_can_hold(name: str) -> None:
    schema = Schema((table("t", column("at", TIMESTAMPTZ), column("of", UUID)),))
    assert write(schema, name, "postgres") != write(schema, name, "mysql")


def test_an_unknown_format_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="no format is called 'mermiad'") as caught:
        write(SHOP, "mermiad")
    assert caught.value.hint == "did you mean mermaid?"


def test_the_list_of_formats_loads_none() -> None:
    code = "import ghost_architect.writers, sys; print(*(m for m in sys.modules if 'writers.' in m or m == 'sqlglot'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
