#!/bin/sh
# Run uv: the machine's own, else one in .uv, which is fetched with pip the first time. Nothing is
# installed system-wide. Which Python uv then picks for the environment is up to the Makefile.
set -eu
cd "$(dirname "$0")/.."

# The machine's own certificates, where it has some: a registry behind a company's proxy needs them.
# UV_NATIVE_TLS is what older versions of uv call it.
if [ -s /etc/ssl/certs/ca-certificates.crt ]; then
    export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}" UV_NATIVE_TLS="${UV_NATIVE_TLS:-true}"
fi

if command -v uv >/dev/null 2>&1; then
    exec uv "$@"
fi

say() { echo "$*" >&2; }

if [ ! -x .uv/bin/uv ]; then
    python=$(command -v python3 || command -v python) || {
        say "error: there is no Python on this machine (sudo apt-get install python3-venv)"
        exit 1
    }
    say "uv is missing: fetching it into .uv"
    rm -rf .uv
    # Debian's Python comes without ensurepip, so `venv` fails there; a pip without a venv will do.
    if "$python" -m venv .uv >/dev/null 2>&1; then
        .uv/bin/python -m pip install --quiet uv >&2
    elif rm -rf .uv && "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m pip install --quiet --target .uv uv >&2
    else
        say "error: $python can make no environment and has no pip (sudo apt-get install python3-venv)"
        exit 1
    fi
fi
exec .uv/bin/uv "$@"
