"""Entry point: parses, dispatches, and turns every error into one sentence and an exit code.

Exit codes: 0 done; 1 no program was accepted; 2 bad input, setting or endpoint; 3 could not be completed, such as no
usable sandbox; 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

from llmdas import __version__
from llmdas.cli import synthesize
from llmdas.errors import EXIT_BAD_INPUT, EXIT_COULD_NOT_COMPLETE, LLMDASError
from llmdas_sandbox.failure import SandboxFailure

EXIT_INTERRUPTED = 130


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_BAD_INPUT, f"llmdas: {message}. See {self.prog} --help.\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = _Parser(
        prog="llmdas", description="LLM-written, judged, sandboxed programs that make anomaly detectors better."
    )
    top.add_argument("--version", action="version", version=f"llmdas {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    synthesize.add_parser(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = parser().parse_args(argv)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except LLMDASError as error:
        return _fail(error, error.exit_code, options.debug)
    except SandboxFailure as error:
        return _fail(error, EXIT_COULD_NOT_COMPLETE, options.debug)
    except KeyboardInterrupt:
        print("llmdas: interrupted; what was finished is kept.", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader went away; stdout must not be flushed again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_COULD_NOT_COMPLETE
    except Exception as error:  # the last resort: one sentence instead of a traceback
        problem = f"An error of llmdas itself: {type(error).__name__}: {error}. Run again with --debug and report it."
        return _fail(error, EXIT_COULD_NOT_COMPLETE, options.debug, problem)
    return code


def _fail(error: Exception, code: int, debug: bool, sentence: str = "") -> int:
    if debug:
        traceback.print_exception(error)
    print(f"llmdas: {' '.join((sentence or str(error)).split())}", file=sys.stderr)
    return code
