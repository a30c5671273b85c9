#!/bin/sh
# Run on a GPU what only runs on a GPU, on a bare machine without a network: with that machine's own
# Python, torch, transformers and PEFT, and a folder of wheels for what it lacks. Nothing is installed
# there: the wheels are unpacked into a temporary folder.
# Usage: scripts/gpu.sh fetch FOLDER     here: put the wheels into FOLDER, in the versions of the lock
#        scripts/gpu.sh FOLDER           there: print versions, run the tests
#        scripts/gpu.sh FOLDER WORDS...  there: run another command, `python benchmarks/x.py` for one
# PYTHON names another Python than python3; FOR the version that the wheels are for (3.12).
# bitsandbytes, which the trainer's tests need, is not fetched, since its wheel has libraries for every CUDA: put a
# wheel of it into FOLDER as well; of its libraries the one for that machine's CUDA suffices.
set -eu
cd "$(dirname "$0")/.."
PACKAGES="inflect jaraco-functools llguidance more-itertools sqlglot typeguard typer"

if [ "${1:-}" = fetch ]; then
    pins=$(for name in $PACKAGES; do sed -n "s/^\($name==[^ ]*\).*/\1/p" requirements-train.txt; done)
    # shellcheck disable=SC2086  # one word a package
    exec scripts/uv.sh tool run --quiet pip download --quiet --no-deps --only-binary :all: \
        --python-version "${FOR:-3.12}" --platform manylinux_2_31_x86_64 --platform manylinux_2_28_x86_64 \
        --platform manylinux2014_x86_64 --platform any --dest "${2:?a folder}" $pins
fi

wheels=${1:?a folder of wheels}
shift
python=$(command -v "${PYTHON:-python3}") || { echo "error: there is no ${PYTHON:-python3} here" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
for wheel in "$wheels"/*.whl; do
    "$python" -m zipfile -e "$wheel" "$work"  # a wheel is a zip archive of what is imported
done
mkdir "$work/bin"
printf '#!/bin/sh\nexec "%s" "$@"\n' "$python" >"$work/bin/python"  # a link would lose its environment
chmod +x "$work/bin/python"
export PATH="$work/bin:$PATH" PYTHONPATH="src:$work" PYTHONDONTWRITEBYTECODE=1

"$python" - <<'END'
import platform
from importlib import metadata

import torch

names = ("torch", "transformers", "peft", "accelerate", "tokenizers", "safetensors", "llguidance", "numpy")
print(f"python {platform.python_version()}", *(f"{name} {metadata.version(name)}" for name in names), sep=", ")
if not torch.cuda.is_available():
    raise SystemExit("error: torch finds no GPU here")
major, minor = torch.cuda.get_device_capability()
free, total = torch.cuda.mem_get_info()
print(f"{torch.cuda.get_device_name()}, sm_{major}{minor}, CUDA {torch.version.cuda}, {total / 2**30:.0f} GiB")
END

if [ $# -gt 0 ]; then
    "$@"
else
    # `cuda` is in the name of a file, or of a test. Warnings are for the versions of the lock to be errors, not for
    # this machine's. What passing tests print (-rP) is how much memory was taken.
    "$python" -m pytest tests/backends/test_transformers.py tests/models/test_kernels_cuda.py \
        tests/training/test_cuda_store.py tests/training/test_cuda.py \
        -k cuda -W default -p no:cacheprovider -q -rfEsP --durations=15
fi
