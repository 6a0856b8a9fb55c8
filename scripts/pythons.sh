#!/bin/sh
# Makes an environment `.pythons/3.N` for every other supported Python that is found, with only what the gate's child
# needs, so that tests can compare verdicts across interpreters. Safe to run again; says what it made and what is missing.
# Where there is no Python 3.14 but Node.js with npm, CPython 3.14 compiled to WebAssembly (Pyodide) takes its place.
set -eu
cd "$(dirname "$0")/.."
home=".pythons"

say() { printf 'pythons: %s\n' "$*"; }

# The locked versions of what the child imports, hashes included, cut out of the runtime's requirements.
mkdir -p "$home"
echo '*' >"$home/.gitignore"
awk '/^[a-z]/ { keep = /^(ast-grep-py|restrictedpython)==/ } keep && !/^ *#/' requirements/runtime.txt >"$home/requirements.txt"

# The first interpreter of a version that really starts: on PATH, then pyenv's.
find_python() {
    for python in "python$1" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1".*/bin/python; do
        if "$python" -c "import sys, venv; sys.exit('%d.%d' % sys.version_info[:2] != '$1')" >/dev/null 2>&1; then
            printf '%s' "$python"
            return
        fi
    done
}

own="$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
for version in 3.11 3.12 3.13 3.14; do
    venv="$home/$version"
    [ "$version" != "$own" ] || continue
    if cmp -s "$home/requirements.txt" "$venv/requirements.txt" && "$venv/bin/python" -c 'import ast_grep_py' 2>/dev/null; then
        continue
    fi
    python="$(find_python "$version")"
    if [ -z "$python" ]; then
        [ "$version" = 3.14 ] || say "no Python $version here"
        continue
    fi
    rm -rf "$venv"
    if "$python" -m venv "$venv" >"$home/log" 2>&1 && "$venv/bin/python" -m pip install --quiet --no-input \
        --disable-pip-version-check --require-hashes --no-deps --only-binary :all: -r "$home/requirements.txt" >"$home/log" 2>&1; then
        cp "$home/requirements.txt" "$venv/requirements.txt"
        say "made $venv ($("$venv/bin/python" -V))"
    else
        say "could not make $venv: $(tail -n 1 "$home/log")"
        rm -rf "$venv"
    fi
done

[ "$own" != 3.14 ] && [ ! -d "$home/3.14" ] || exit 0
lock=tests/integration/wasm/package-lock.json
cmp -s "$lock" "$home/wasm/package-lock.json" && [ -d "$home/wasm/node_modules/pyodide" ] && exit 0
if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
    say "no Python 3.14 here, and no Node.js with npm for its stand-in"
    exit 0
fi
rm -rf "$home/wasm"
mkdir "$home/wasm"
cp tests/integration/wasm/package.json "$lock" "$home/wasm/"
if (cd "$home/wasm" && npm ci --silent --no-audit --no-fund --ignore-scripts) >"$home/log" 2>&1; then
    say "made $home/wasm (CPython 3.14 by Pyodide)"
else
    say "could not make $home/wasm: $(tail -n 1 "$home/log")"
    rm -rf "$home/wasm"
fi
