"""What `torchrun` runs in a test: the trainer, of which one process dies once."""

from __future__ import annotations

import os
import sys

from ghost_architect.cli.main import run
from ghost_architect.training.learner import Learner
from tests.training.small import deadly

if __name__ == "__main__":
    if os.environ["RANK"] == "1" and os.environ["TORCHELASTIC_RESTART_COUNT"] == "0":
        Learner.update = deadly(Learner.update, 3)  # type: ignore[method-assign]
    raise SystemExit(run(sys.argv[1:]))
