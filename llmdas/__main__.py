"""Lets ``python -m llmdas`` run the command line."""

from __future__ import annotations

import sys

_INTERRUPTED = 130


def entry() -> int:
    """Run the command line and return its exit code; 130 also when it is interrupted while it loads or at its end."""
    try:
        from llmdas.cli.main import main

        return main()
    except KeyboardInterrupt:
        exec("")  # noqa: S102 - CPython remembers an interrupt inside exec (imports use it), and would die of it at exit
        sys.stderr.write("llmdas: interrupted.\n")
        return _INTERRUPTED


if __name__ == "__main__":
    sys.exit(entry())
