"""`python -m ghost_architect` is the same as `ghost-architect`."""

from __future__ import annotations

import sys

from .cli.main import run


def main() -> None:
    """Run the command line and end the process with its exit code."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
