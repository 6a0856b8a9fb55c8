"""Entry point: parses, dispatches, and turns every error into one sentence and an exit code.

Exit codes: 0 done; 1 no program was accepted, or a review found something; 2 bad input, setting or endpoint; 3 could
not be completed, such as no usable sandbox; 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from llmdas import __version__
from llmdas.errors import EXIT_BAD_INPUT, EXIT_COULD_NOT_COMPLETE, LLMDASError
from llmdas_sandbox.failure import SandboxFailure

EXIT_INTERRUPTED = 130

# Command -> its module, in the order of --help. Only the module of the command that is called is imported.
_COMMANDS = {
    "synthesize": "llmdas.cli.synthesize",
    "check": "llmdas.cli.check",
    "rules": "llmdas.cli.rules",
    "explain": "llmdas.cli.explain",
    "policy": "llmdas.cli.policy",
    "doctor": "llmdas.cli.doctor",
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_BAD_INPUT, f"llmdas: {_inert(message)}. See {self.prog} --help.\n")


class _CommandParser(_Parser):
    """Refuses an unknown argument itself: the parser of all commands would name its own --help."""

    def parse_known_args(  # type: ignore[override] # argparse declares it by overloads; only its own code calls this
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown


def parser(command: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of all commands, or of one of them alone."""
    top = _Parser(
        prog="llmdas", description="LLM-written, judged, sandboxed programs that make anomaly detectors better."
    )
    top.add_argument("--version", action="version", version=f"llmdas {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_CommandParser)
    for name, module in _COMMANDS.items():
        if name == command or command not in _COMMANDS:
            import_module(module).add_parser(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    _open_standard_streams()
    arguments = sys.argv[1:] if argv is None else argv
    options = argparse.Namespace()
    try:
        options = parser(arguments[0] if arguments else None).parse_args(arguments)
        code: int = options.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        exec("")  # noqa: S102 - CPython remembers an interrupt inside exec (dataclasses use it), and would die of it at exit
        print(f"llmdas: {getattr(options, 'interrupted', 'interrupted.')}", file=sys.stderr)
        return EXIT_INTERRUPTED
    except Exception as error:  # the last resort: one sentence instead of a traceback
        return _fail(error, getattr(options, "debug", False))
    return code


def _fail(error: Exception, debug: bool) -> int:
    """Print one sentence (and the traceback when asked to) and return the exit code that belongs to the error."""
    if debug:
        traceback.print_exception(error)
    sentence, code = str(error), EXIT_COULD_NOT_COMPLETE
    if isinstance(error, LLMDASError):
        code = error.exit_code
    elif isinstance(error, OSError):
        _silence_stdout()
        sentence = f"The system refused: {error}. Free space, or check rights and limits."
    elif not isinstance(error, SandboxFailure):
        sentence = f"An error of llmdas itself: {type(error).__name__}: {error}. Run again with --debug and report it."
    if not isinstance(error, BrokenPipeError):
        print(f"llmdas: {_inert(' '.join(sentence.split()))}", file=sys.stderr)
    return code


def _inert(sentence: str) -> str:
    """Return a sentence in which nothing, such as a file's name, is a command of the CI runner that reads it."""
    from llmdas.review.formats.common import inert  # here, because most runs have nothing to say

    return inert(sentence)


def _silence_stdout() -> None:
    """Send what is left in stdout's buffer nowhere: its reader is gone or its disk full, and exit flushes once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open_standard_streams() -> None:
    """Open what the caller closed: a later file would get the number, and lines meant for a person would go there."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)
