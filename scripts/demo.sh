#!/bin/sh
# Read the screens in examples/: the SQL is printed, the diagram written to output/demo/. What stands
# before the first dash of a picture's name is its app; the screens of an app make one schema.
# Usage: scripts/demo.sh path/to/ghost-architect
set -eu
cd "$(dirname "$0")/.."
ghost_architect=$1
out=output/demo
mkdir -p "$out"

for app in $(ls examples/*.png | sed 's|^examples/||; s|-.*||' | sort -u); do
    echo "--- $app: $(echo examples/"$app"-*.png)" >&2
    "$ghost_architect" design examples/"$app"-*.png
    "$ghost_architect" design examples/"$app"-*.png -o "$out/$app.svg" 2>/dev/null
    echo "--- $app: the diagram is $out/$app.svg" >&2
done
