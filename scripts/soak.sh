#!/bin/sh
# Search for failures with random input until time is up, and write what was searched to
# benchmarks/soak.md. benchmarks/soak.py says how.
# Usage: scripts/soak.sh path/to/pytest MINUTES
set -eu
cd "$(dirname "$0")/.."
exec "$(dirname "$1")/python" benchmarks/soak.py --minutes "$2" -o benchmarks/soak.md
