"""How much the hostile tests try: a share in `make test`, everything where GHOST_HOSTILE=long (`make soak`)."""

from __future__ import annotations

import os

LONG = os.environ.get("GHOST_HOSTILE") == "long"
