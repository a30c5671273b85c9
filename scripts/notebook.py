"""Clean notebooks/main.ipynb of what running it left: outputs, counts, ids and metadata. `--check` only compares.

Usage: python scripts/notebook.py [--check]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "main.ipynb"

METADATA = {
    "accelerator": "GPU",
    "colab": {"gpuType": "T4", "provenance": []},
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
"""By which Colab starts a machine with a T4, and Jupyter a Python."""


def clean(text: str) -> str:
    """The same cells, as nobody has run them: nbformat 4.4, the last whose cells have no ids drawn at random."""
    cells = [_cleaned(cell) for cell in json.loads(text)["cells"]]
    notebook = {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 4}
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _cleaned(cell: dict[str, Any]) -> dict[str, Any]:
    tags = cell["metadata"].get("tags")
    kept = {"cell_type": cell["cell_type"], "metadata": {"tags": tags} if tags else {}}
    if cell["cell_type"] == "code":
        kept |= {"execution_count": None, "outputs": []}
    return kept | {"source": "".join(cell["source"]).splitlines(keepends=True)}


def main() -> int:
    """0 when the notebook is clean, or has been made so; else 1."""
    text = NOTEBOOK.read_text(encoding="utf-8")
    if clean(text) == text:
        return 0
    if "--check" in sys.argv:
        print(f"{NOTEBOOK.name} is not clean; run: python scripts/notebook.py", file=sys.stderr)
        return 1
    NOTEBOOK.write_text(clean(text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
