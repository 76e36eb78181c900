#!/bin/sh
# Make the virtual environment with everything bedside needs; installs system packages only where missing.
set -eu

need() {  # need PACKAGE...: install Debian packages, with sudo where we are not root
    command -v apt-get >/dev/null 2>&1 || return 1
    if [ "$(id -u)" = 0 ]; then sudo=""; else sudo="sudo"; fi
    $sudo apt-get update -qq
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "bedside needs Python 3.11 or newer; '$PYTHON' is $("$PYTHON" --version). Try: make PYTHON=python3.12 demo" >&2
    exit 1
}
# Debian keeps venv apart from Python.
"$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || need python3-venv || {
    echo "Python's venv module is missing; install it and run the command again." >&2
    exit 1
}
# llama.cpp's server wheel links against the system's OpenMP runtime.
if [ "$(uname)" = Linux ] && ! PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null | grep -q 'libgomp\.so\.1'; then
    need libgomp1 || echo "libgomp.so.1 is missing; serving will not work until it is installed." >&2
fi
# The browser tests, where they are asked for.
if [ -n "${BROWSER:-}" ] && ! command -v chromium >/dev/null 2>&1; then
    need chromium chromium-driver || echo "chromium is missing; the browser tests will be skipped." >&2
fi

"$VENV/bin/python" -m pip --version >/dev/null 2>&1 || "$PYTHON" -m venv --clear "$VENV"
install() { "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --constraint constraints.txt "$@"; }
install "$(grep '^torch==' constraints.txt)"
install --editable '.[all,dev]'
