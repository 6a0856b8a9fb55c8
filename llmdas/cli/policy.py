"""``llmdas policy``: what a policy permits and why, and what one permits that another does not."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from llmdas.errors import EXIT_OK

if TYPE_CHECKING:
    from llmdas.policy import Policy
    from llmdas.policy_diff import Change, PolicyDiff

EXIT_LOOSENS = 1
_WIDTH = 120
_EPILOG = """\
A policy is named by its profile (numpy, numpy-scipy, torch) or by the path of a policy file. Exit codes of diff: 0 when
B permits nothing that A does not, 1 when it does, 2 bad usage or a policy that does not load. show exits 0 or 2.
"""


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command with its two actions."""
    about = "show what a policy permits and why, or what changes from one to another"
    sub = commands.add_parser("policy", help=about, description=f"{about.capitalize()}.", epilog=_EPILOG)
    actions = sub.add_subparsers(dest="action", required=True, metavar="ACTION")
    show = actions.add_parser("show", help="everything that one policy permits", epilog=_EPILOG)
    show.add_argument("policy", metavar="A", help="profile or path of a policy file")
    show.add_argument("--contract", metavar="ID", help="put it under this contract, which may permit more")
    show.set_defaults(run=_show)
    compare = actions.add_parser("diff", help="what changes from one policy to another", epilog=_EPILOG)
    compare.add_argument("policy", metavar="A", help="profile or path of a policy file")
    compare.add_argument("other", metavar="B", nargs="?", help="the same; A itself when only --contract is given")
    compare.add_argument("--contract", metavar="ID", help="put B under this contract, which may permit more")
    compare.set_defaults(run=_diff)
    for action in (show, compare):
        action.add_argument("--json", action="store_true", help="print one JSON object")
        action.add_argument("--debug", action="store_true", help="show tracebacks")


def _load(name: str, contract: str | None) -> Policy:
    from llmdas.contract import load_contract
    from llmdas.policy import policy_named

    policy = policy_named(name)
    return policy.under(load_contract(contract)) if contract else policy


def _show(options: argparse.Namespace) -> int:
    from llmdas.policy_diff import label, listed

    policy = _load(options.policy, options.contract)
    if options.json:
        _write(json.dumps(asdict(policy), indent=2, ensure_ascii=False))
        return EXIT_OK
    chain = f", extends {', '.join(policy.extends)}" if policy.extends else ""
    lines = [f"{label(policy)}{chain}", f"digest {policy.digest}", "", "limits"]
    lines += [f"  {name} {bound}" for name, bound in asdict(policy.source).items()]
    for where, names in listed(policy).items():
        if names:
            lines += ["", where, *_groups([(name, reason) for name, (reason, _) in names.items()])]
    _write("\n".join(lines))
    return EXIT_OK


def _diff(options: argparse.Namespace) -> int:
    from llmdas.errors import ConfigError
    from llmdas.policy_diff import diff

    if options.other is None and options.contract is None:
        raise ConfigError("One policy alone has nothing to differ from.", "Name a second one, or a --contract.")
    found = diff(_load(options.policy, None), _load(options.other or options.policy, options.contract))
    _write(json.dumps(found.as_json(), indent=2, ensure_ascii=False) if options.json else _account(found))
    return EXIT_LOOSENS if found.loosens else EXIT_OK


def _account(found: PolicyDiff) -> str:
    lines = [f"{found.before} {found.digests[0][:12]} -> {found.after} {found.digests[1][:12]}"]
    for where, changes in groupby(found.changes, key=lambda change: change.where):
        lines += ["", where, *_changes(list(changes))]
    loosening = sum(change.loosens for change in found.changes)
    if not found.changes:
        lines.append("They permit the same, for the same reasons.")
    elif loosening:
        lines += ["", f"{found.after} loosens {found.before} in {loosening} of {len(found.changes)} differences."]
    else:
        lines += ["", f"{found.after} permits nothing that {found.before} does not."]
    return "\n".join(lines)


def _changes(changes: list[Change]) -> list[str]:
    lines: list[str] = []
    for sign, kind in (("+", "added"), ("-", "removed")):
        chosen = [(change.name, change.before + change.after) for change in changes if change.kind == kind]
        lines += _groups(chosen, sign)
    for change in changes:
        if change.kind not in ("added", "removed"):
            lines += _wrapped(f"  ~ {change.name}: ", f"{change.before} -> {change.after}")
    return lines


def _groups(named: list[tuple[str, str]], sign: str = " ") -> list[str]:
    """Put names with the same reason on one line, in the order in which the reasons first stand."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in named:
        by_reason.setdefault(reason, []).append(name)
    lines: list[str] = []
    for reason, names in by_reason.items():
        lines += _wrapped(f"  {sign} ", f"{', '.join(names)}")
        lines += _wrapped("      ", reason)
    return lines


def _wrapped(head: str, text: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=head, subsequent_indent="      ", break_long_words=False, break_on_hyphens=False
    )


def _write(text: str) -> None:
    sys.stdout.write(f"{text}\n")
