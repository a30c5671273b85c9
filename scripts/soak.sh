#!/bin/sh
# Search for failures with random input until time is up, each round with another seed. A failure
# ends it: Hypothesis prints the example, and tries it first the next time.
# Usage: scripts/soak.sh path/to/pytest MINUTES
set -eu
cd "$(dirname "$0")/.."
pytest=$1
end=$(($(date +%s) + $2 * 60))
round=0
while [ "$(date +%s)" -lt "$end" ]; do
    round=$((round + 1))
    seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
    echo "round $round, seed $seed"
    "$pytest" -q -m hypothesis --hypothesis-profile=soak --hypothesis-seed="$seed"
done
echo "$round rounds without a failure"
