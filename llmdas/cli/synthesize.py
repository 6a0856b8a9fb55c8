"""``llmdas synthesize``: the whole method on one table. Progress goes to stderr, the result to stdout."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from llmdas.config import Settings, settings_from
from llmdas.errors import EXIT_OK

if TYPE_CHECKING:
    from llmdas.pipeline import Run

_OPTIONS: tuple[tuple[str, Callable[[str], Any]], ...] = (
    ("detector", str),
    ("data", Path),
    ("label", str),
    ("llm", str),
    ("sandbox", str),
    ("level", str),
    ("preset", str),
    ("programs", int),
    ("attempts", int),
    ("seed", int),
    ("ratio", float),
    ("runs", Path),
    ("recordings", Path),
    ("record", Path),
    ("base-url", str),
    ("model", str),
    ("temperature", float),
    ("top-p", float),
    ("max-tokens", int),
    ("llm-seed", int),
    ("timeout", float),
    ("retries", int),
)

_EPILOG = """\
Every option can also be set by an environment variable: LLMDAS_ and its name in capitals, with _ for -. The endpoint's
key is only read from OPENAI_API_KEY or LLMDAS_API_KEY. With --json, stdout is one object: the run's manifest, and under
`run` and `report` where it lies. Exit codes: 0 done, 1 no program was accepted, 2 bad input, setting or endpoint, 3 no
usable sandbox or not completed, 130 interrupted.
"""


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command and its options; an option that is not given leaves the environment's value."""
    sub = commands.add_parser(
        "synthesize",
        help="write, judge, try and run programs that make a detector better",
        description="Write, judge, try and run programs that make a detector better, and measure whether they do.",
        epilog=_EPILOG,
    )
    for name, kind in _OPTIONS:
        field = Settings.model_fields[name.replace("-", "_")]
        default = "" if field.default is None else f" (default {field.default})"
        named = [kind for kind in (field.annotation, *get_args(field.annotation)) if get_origin(kind) is Literal]
        choices = f" [{', '.join(get_args(named[0]))}]" if named else ""
        sub.add_argument(
            f"--{name}", type=kind, help=(field.description or "sent with every request") + choices + default
        )
    sub.add_argument("--allow-host", dest="allow_hosts", action="append", help="a further host that may be asked")
    sub.add_argument("--proxies", action="store_const", const=True, help="use the proxies that the environment names")
    sub.add_argument("--json", action="store_true", help="print the result as JSON on stdout")
    sub.add_argument("--quiet", action="store_true", help="no progress on stderr")
    sub.add_argument("--debug", action="store_true", help="show tracebacks")
    sub.set_defaults(run=_run, interrupted="interrupted; a run folder without manifest.json is incomplete.")


def _run(options: argparse.Namespace) -> int:
    names = [name.replace("-", "_") for name, _ in _OPTIONS] + ["allow_hosts", "proxies"]
    chosen = {name: getattr(options, name) for name in names}
    if chosen["allow_hosts"] is not None:
        chosen["allow_hosts"] = tuple(chosen["allow_hosts"])
    settings = settings_from(os.environ, chosen)
    say = _silent if options.quiet else _progress()
    from llmdas.backends import describe_llm

    say(describe_llm(settings))
    from llmdas.pipeline import run

    done = run(settings, say)
    if options.json:
        json.dump(_result(done), sys.stdout, indent=2, ensure_ascii=False, allow_nan=False)
        sys.stdout.write("\n")
    else:
        sys.stdout.write(_account(done))
    return EXIT_OK


def _silent(line: str) -> None:
    pass


def _progress() -> Callable[[str], None]:
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - began:6.1f} s] {line}", file=sys.stderr, flush=True)

    return say


def _result(done: Run) -> dict[str, Any]:
    return {"run": str(done.folder.path), "report": str(done.folder.path / "report.html"), **done.manifest}


def _account(done: Run) -> str:
    record = done.record
    accepted = sum(program.accepted is not None for program in record.written.programs)
    aside = sum(made.set_aside is not None for made in record.made.by_program.values())
    lines = [
        f"{record.rig.entry.title} on {record.table.name}",
        f"{accepted} of {len(record.written.programs)} programs accepted, {aside} set aside on these rows, "
        f"{len(record.made.synthetic)} synthetic rows",
        *record.outcome.lines(),
    ]
    lines.append(f"report    {done.folder.path / 'report.html'}")
    lines.append(f"manifest  {done.folder.path / 'manifest.json'}")
    return "\n".join(lines) + "\n"
