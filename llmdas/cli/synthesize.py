"""``llmdas synthesize``: the whole method on one table. Progress goes to stderr, the result to stdout."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

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


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command and its options; an option that is not given leaves the environment's value."""
    sub = commands.add_parser("synthesize", help="write, judge, try and run programs that make a detector better")
    for name, kind in _OPTIONS:
        field = Settings.model_fields[name.replace("-", "_")]
        default = "" if field.default is None else f" (default {field.default})"
        sub.add_argument(f"--{name}", type=kind, help=(field.description or "sent with every request") + default)
    sub.add_argument("--allow-host", dest="allow_hosts", action="append", help="a further host that may be asked")
    sub.add_argument("--proxies", action="store_const", const=True, help="use the proxies that the environment names")
    sub.add_argument("--json", action="store_true", help="print the result as JSON on stdout")
    sub.add_argument("--quiet", action="store_true", help="no progress on stderr")
    sub.add_argument("--debug", action="store_true", help="show tracebacks")
    sub.set_defaults(run=_run)


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
    lines = [f"{record.rig.entry.title} on {record.table.name}", *record.outcome.lines()]
    lines.append(f"report    {done.folder.path / 'report.html'}")
    lines.append(f"manifest  {done.folder.path / 'manifest.json'}")
    return "\n".join(lines) + "\n"
