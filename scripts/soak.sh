#!/bin/sh
# Try everything that is hostile (benchmarks/hostile.py), then search for failures with random input
# until time is up (benchmarks/soak.py). Figures go to benchmarks/hostile.md and benchmarks/soak.md.
# Usage: scripts/soak.sh path/to/pytest MINUTES
set -eu
cd "$(dirname "$0")/.."
python="$(dirname "$1")/python"
"$python" benchmarks/hostile.py -o benchmarks/hostile.md
exec "$python" benchmarks/soak.py --minutes "$2" -o benchmarks/soak.md
