"""Which findings may be set aside, and which stand whatever a baseline, a waiver or an option says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from llmdas.errors import ConfigError
from llmdas.gate.catalogue import catalogue

if TYPE_CHECKING:
    from llmdas.policy import Policy

# After these the rest of a source has not been judged or is not listed: who sets one aside sets aside what nobody saw.
_UNFINISHED = frozenset({"DAS001", "DAS002", "DAS010", "DAS011", "DAS012", "DAS014"})
# Imports, names, the compiler's words, module-level code, parameters: what hangs on them is not reported again.
_ONCE = ("DAS2", "DAS3", "DAS104", "DAS111", "DAS112")
_EXPIRED_WAIVER = "DAS020"
_INTERNAL = "DAS9"
_TAKEN_FOR = str.maketrans("OIL", "011")  # letters that are typed for digits


def unjudged(rule: str) -> bool:
    """Tell whether a finding says that the gate itself did not complete (DAS9xx)."""
    return rule.startswith(_INTERNAL)


def stands(rule: str) -> bool:
    """Tell whether findings of a rule count always: no baseline, waiver or option sets them aside."""
    return unjudged(rule) or rule in _UNFINISHED or rule == _EXPIRED_WAIVER


def pinned(rule: str) -> bool:
    """Tell whether a rule reports a cause once and keeps silent about what is done with it further on.

    A baseline may not carry such a finding over to other bytes: what was added there would never be seen.
    """
    return rule.startswith(_ONCE)


def known_rule(rule: str) -> str:
    """Return the id of the rule of this name, which may be in lower case.

    Raises:
        ConfigError: there is none; names the one with the same digits, because other digits are another rule.
    """
    rules, name = catalogue(), rule.upper()
    if name not in rules:
        near = "DAS" + "".join(re.findall("[0-9]", name.translate(_TAKEN_FOR)))
        raise ConfigError(
            f"There is no rule {rule!r}.", f"Did you mean {near}?" if near in rules else "`llmdas rules` lists them."
        )
    return name


def dropped(policy: Policy, select: Iterable[str], ignore: Iterable[str]) -> frozenset[str]:
    """Return the rules that are not reported.

    `ignore` drops rules; `select` drops, of the rules that may be ignored, all but these. No other rule can be dropped.

    Raises:
        ConfigError: a rule is unknown, or one to ignore is not among those that the policy lets one ignore.
    """
    select = [known_rule(rule) for rule in select]
    ignore = [known_rule(rule) for rule in ignore]
    may: Mapping[str, str] = {rule: why for rule, why in policy.ignorable.items() if not stands(rule)}
    refused = sorted(set(ignore) - may.keys())
    if refused:
        listed = f"it permits to ignore {', '.join(sorted(may))}" if may else "it permits to ignore none"
        raise ConfigError(
            f"The policy does not let anybody ignore {', '.join(refused)}; {listed}.",
            "Mend the finding, or have it waived for this one program with --waivers.",
        )
    others = may.keys() - set(select) if select else set()
    return frozenset(others | set(ignore))
