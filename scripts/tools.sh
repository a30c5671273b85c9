#!/bin/sh
# Install what the tests run against besides the Python tools: MariaDB, Chromium, Node with the readers
# of our formats, torch, llama.cpp. Nothing of it is needed to use the program.
# Usage: scripts/tools.sh            called by `make tools`
set -eu
cd "$(dirname "$0")/.."

# A sbin that is not on a user's PATH is where Debian keeps servers.
PATH="$PATH:/usr/sbin"

packages=""
want() { command -v "$1" >/dev/null 2>&1 || packages="$packages $2"; }
want mariadbd mariadb-server-core
want chromium chromium
want chromium-headless-shell chromium-headless-shell
want node nodejs
want npm npm
want cmake cmake
want ninja ninja-build
want g++ g++
want openssl openssl
if [ -n "$packages" ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        echo "error: missing:$packages (sudo apt-get install --no-install-recommends$packages)" >&2
        exit 1
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086  # one word a package
    apt-get install -y -qq --no-install-recommends $packages
fi

# From the lock, and without any package's own scripts. Node brings its own list of authorities; the
# machine's may know one more (a company's proxy).
if [ -s /etc/ssl/certs/ca-certificates.crt ]; then
    export NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}"
fi
npm ci --prefix tests/node --ignore-scripts --no-fund --no-audit --loglevel=error >&2
scripts/llama.sh .tools
