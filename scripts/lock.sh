#!/bin/sh
# Writes the hash-locked requirements anew from pyproject.toml. torch stays outside: it is an extra, installed with pip.
set -eu
options="--universal --python-version 3.11 --generate-hashes --no-header --quiet"
# shellcheck disable=SC2086 # the options are meant to be split
uv pip compile $options pyproject.toml -o requirements/runtime.txt
# shellcheck disable=SC2086 # as above
uv pip compile $options --extra dev -c requirements/runtime.txt pyproject.toml -o requirements/dev.txt
