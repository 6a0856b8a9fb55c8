"""``llmdas rules``: every rule of the gate, as a list, as JSON, or as the page docs/rules.md."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from llmdas.errors import EXIT_OK

if TYPE_CHECKING:
    from llmdas.review.manual import Rule

_EPILOG = """\
Groups: 0xx source, 1xx interface, 2xx imports and names, 3xx restricted compile, 4xx patterns, 5xx resources,
9xx internal. `llmdas explain DAS203` says all about a rule.
"""
_GROUPS = ("0xx", "1xx", "2xx", "3xx", "4xx", "5xx", "9xx")


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command and its options."""
    sub = commands.add_parser(
        "rules",
        help="list the rules of the gate",
        description="List the rules that `llmdas check` reports.",
        epilog=_EPILOG,
    )
    sub.add_argument(
        "--group", choices=_GROUPS, action="append", metavar="GROUP", help="only this group, such as 2xx (repeatable)"
    )
    sub.add_argument(
        "--profile", default="numpy", metavar="NAME", help="profile or policy file, which says what may be ignored"
    )
    form = sub.add_mutually_exclusive_group()
    form.add_argument("--format", choices=("text", "json", "markdown"), default="text", help="form (default text)")
    form.add_argument("--json", dest="format", action="store_const", const="json", help="the same as --format json")
    sub.add_argument("--debug", action="store_true", help="show tracebacks")
    sub.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from llmdas.policy import policy_named
    from llmdas.review.manual import load_manual
    from llmdas.review.manual_text import page

    manual, ignorable = load_manual(), policy_named(options.profile).ignorable
    chosen = {name: rule for name, rule in manual.rules.items() if rule.group in (options.group or _GROUPS)}
    if options.format == "markdown":
        sys.stdout.write(page(manual.model_copy(update={"rules": chosen}), ignorable))
    elif options.format == "json":
        sys.stdout.write(as_json(chosen.values(), ignorable))
    else:
        sys.stdout.writelines(_line(rule, ignorable) for rule in chosen.values())
    return EXIT_OK


def as_json(rules: Iterable[Rule], ignorable: Mapping[str, str]) -> str:
    """Return rules as a JSON array; ``ignorable`` of each is why it may be ignored, or null."""
    return json.dumps([{**rule.model_dump(), "ignorable": ignorable.get(rule.id)} for rule in rules], indent=2) + "\n"


def _line(rule: Rule, ignorable: Mapping[str, str]) -> str:
    note = "  (may be ignored)" if rule.id in ignorable else ""
    return f"{rule.id}  {rule.severity:<7}  {rule.title}{note}\n"
