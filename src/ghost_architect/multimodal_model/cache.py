"""Where Hugging Face's programs keep what was downloaded. Nothing is downloaded here, and no connection is tried."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def cached(name: str) -> Path | None:
    """The folder in which a model of this name lies since `hf download NAME`; None where there is none."""
    if find_spec("huggingface_hub") is None:
        return None
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        return None
