#!/bin/sh
# Try everything that is hostile (benchmarks/hostile.py), kill a training run (benchmarks/kills.py), then search for failures with random input
# until time is up (benchmarks/soak.py). Figures go to benchmarks/hostile.md and benchmarks/soak.md.
# Usage: scripts/soak.sh path/to/pytest MINUTES
set -eu
cd "$(dirname "$0")/.."
python="$(dirname "$1")/python"
"$python" benchmarks/hostile.py -o benchmarks/hostile.md
"$python" -c 'import torch' 2>/dev/null && OMP_NUM_THREADS=1 "$python" benchmarks/kills.py -o benchmarks/kills.md
exec "$python" benchmarks/soak.py --minutes "$2" -o benchmarks/soak.md
