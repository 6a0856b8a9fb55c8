#!/bin/sh
# Makes .venv from a hash-locked requirements file: `sh scripts/setup.sh runtime|dev`. Called by the Makefile.
set -eu
kind="$1"
python="${PYTHON:-python3}"
venv=".venv"

say() { printf '%s\n' "$*" >&2; }

if ! command -v "$python" >/dev/null 2>&1; then
    say "setup: there is no $python on PATH. Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3 ..."
    exit 2
fi
if ! "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))'; then
    say "setup: $python is $("$python" -V 2>&1), but llmdas needs 3.11 to 3.14. Name another: make PYTHON=python3.11 ..."
    exit 2
fi
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    rm -rf "$venv"
    if ! "$python" -m venv "$venv" >/dev/null 2>&1; then
        rm -rf "$venv"
        say "setup: $python cannot make a virtual environment. On Debian: apt install python3-venv; then run again."
        exit 2
    fi
fi
say "setup: installing the hash-locked $kind dependencies into $venv (once, about a minute) ..."
if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes \
    --requirement "requirements/$kind.txt" 2>"$venv/pip.log"; then
    cat "$venv/pip.log" >&2
    say "setup: pip could not install requirements/$kind.txt; see above. Check the network to the package index and run again."
    exit 3
fi
# A path file instead of an editable install: no build backend has to run, so nothing outside the lock is executed. Its
# lines are relative to site-packages, so that the checkout may be moved, copied, and lie under any name.
site="$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
printf '../../../..\n../../../../sandbox\n' >"$site/llmdas-checkout.pth"
# The command, as an installation of the package would make it.
printf '#!/bin/sh\nexec "$(dirname "$(readlink -f "$0")")/python" -m llmdas "$@"\n' >"$venv/bin/llmdas"
chmod 755 "$venv/bin/llmdas"
touch "$venv/.$kind"
