"""``llmdas explain``: why a rule exists, what it refuses, what it lets pass, and how to mend a program."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from llmdas.errors import EXIT_OK


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command and its options."""
    sub = commands.add_parser(
        "explain",
        help="say why a rule exists, with samples, and how to mend its findings",
        description="Say why a rule exists, what it refuses, what it lets pass, and how to mend a program.",
        epilog="`llmdas rules` lists the rules. Exit codes: 0 explained, 2 there is no such rule.",
    )
    sub.add_argument("rules", nargs="+", metavar="RULE", help="a rule, such as DAS203, or several with commas")
    sub.add_argument(
        "--profile", default="numpy", metavar="NAME", help="profile or policy file, which says what may be ignored"
    )
    sub.add_argument("--json", action="store_true", help="print a JSON array")
    sub.add_argument("--debug", action="store_true", help="show tracebacks")
    sub.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from llmdas.review.standing import known_rule

    asked = [part.strip() for rule in options.rules for part in rule.split(",") if part.strip()]
    names = list(dict.fromkeys(known_rule(rule) for rule in asked or options.rules))
    from llmdas.cli.rules import as_json
    from llmdas.policy import policy_named
    from llmdas.review.manual import load_manual
    from llmdas.review.manual_text import explained

    manual, ignorable = load_manual(), policy_named(options.profile).ignorable
    rules = [manual.rules[name] for name in names]
    if options.json:
        sys.stdout.write(as_json(rules, ignorable))
    else:
        sys.stdout.write("\n".join(explained(rule, ignorable.get(rule.id, "")) for rule in rules))
    return EXIT_OK
