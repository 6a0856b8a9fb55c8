"""Rules as SARIF describes them. A group shares what GitHub sorts alerts by; docs/formats.md has the table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from llmdas.review.manual import GROUPS, Rule, load_manual
from llmdas.review.manual_text import help_markdown, help_text

# Counts as CVSS does, from 0.1 to 10; GitHub takes a rule without one for no security alert.
_SECURITY: Mapping[str, str] = {"0xx": "6.5", "2xx": "8.5", "3xx": "8.5", "4xx": "5.5", "5xx": "3.5", "9xx": "7.5"}
_PRECISION: Mapping[str, str] = {"4xx": "high", "5xx": "medium"}


def descriptors(names: Iterable[str]) -> list[dict[str, Any]]:
    """Return the `reportingDescriptor` objects (SARIF 3.49) of some rules, in their order.

    Raises:
        ResourceError: what is said about the rules does not load.
    """
    manual = load_manual()
    return [_descriptor(manual.rules[name]) for name in names]


def _descriptor(rule: Rule) -> dict[str, Any]:
    security = _SECURITY.get(rule.group)
    properties = {
        "tags": ["security" if security else "correctness", GROUPS[rule.group].replace(" ", "-")],
        "precision": _PRECISION.get(rule.group, "very-high"),
    }
    return {
        "id": rule.id,
        "name": "".join(word[:1].upper() + word[1:] for word in re.findall(r"\w+", rule.title)),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": help_text(rule), "markdown": help_markdown(rule)},
        "defaultConfiguration": {"level": rule.severity},
        "properties": {**properties, "security-severity": security} if security else properties,
    }
