#!/bin/sh
# Build llama.cpp's server from the source that llama-cpp-python ships, for the tests of the backend
# `openai` and of what we export. Six minutes on two cores, once: the binary is kept in the user's cache.
# Usage: scripts/llama.sh FOLDER      puts a link to llama-server there
set -eu
cd "$(dirname "$0")/.."
VERSION=0.3.36
HASH=832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e
kept="${XDG_CACHE_HOME:-$HOME/.cache}/ghost-architect/llama-cpp-python-$VERSION-$(uname -m)"

build() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    echo "building llama-server $VERSION: about six minutes" >&2
    echo "llama-cpp-python==$VERSION --hash=sha256:$HASH" >"$work/wanted.txt"
    scripts/uv.sh tool run --quiet pip download --quiet --no-deps --no-binary llama-cpp-python --require-hashes \
        -r "$work/wanted.txt" -d "$work"
    tar -xzf "$work"/llama_cpp_python-*.tar.gz -C "$work"
    source="$work/llama_cpp_python-$VERSION/vendor/llama.cpp"
    cmake -S "$source" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF \
        -DGGML_NATIVE=OFF -DGGML_OPENMP=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_USE_PREBUILT_UI=OFF \
        -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF >"$work/log" 2>&1 &&
        cmake --build "$work/build" --target llama-server >>"$work/log" 2>&1 ||
        { tail -20 "$work/log" >&2; exit 1; }
    mkdir -p "$kept"
    cp "$work/build/bin/llama-server" "$kept/llama-server.$$"
    mv "$kept/llama-server.$$" "$kept/llama-server"  # whole or not at all
}

[ -x "$kept/llama-server" ] || build
mkdir -p "$1"
ln -sf "$kept/llama-server" "$1/llama-server"
