"""Reads the pattern rules in ``policies/rules``: ast-grep's own format, our keys under ``metadata``, nothing else."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from llmdas.errors import ResourceError
from llmdas.gate.bundle import rule_files
from llmdas.permits import read_mapping, validated
from llmdas.records import at_least, matching


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What ast-grep does not know about a rule.

    Attributes:
        id: stable identifier.
        title: what is wrong, a few words.
        remedy: how to mend it, one sentence.
        parameters: the rule applies only under a contract that has these parameters.
    """

    id: Annotated[str, matching(r"^DAS[45]\d\d$")]
    title: Annotated[str, at_least(5)]
    remedy: Annotated[str, at_least(10)]
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternRule:
    """One rule file; ``note`` says why the rule exists. `rule` and its helpers are checked by ast-grep itself."""

    id: Annotated[str, matching(r"^[a-z][a-z0-9-]+$")]
    language: Literal["python"]
    severity: Literal["error", "warning"]
    message: Annotated[str, at_least(10)]
    note: Annotated[str, at_least(10)]
    rule: Annotated[dict[str, Any], at_least(1)]
    constraints: dict[str, Any] | None = None
    utils: dict[str, Any] | None = None
    metadata: Metadata

    def as_pattern(self) -> dict[str, Any]:
        """Return the plain value that `patterns.check_patterns` reads."""
        optional = {"constraints": self.constraints, "utils": self.utils}
        return {
            "id": self.metadata.id,
            "severity": self.severity,
            "message": self.message,
            "remedy": self.metadata.remedy,
            "config": {"rule": self.rule, **{key: value for key, value in optional.items() if value}},
        }


def load_rules(folder: Path | None = None) -> tuple[PatternRule, ...]:
    """Read every rule file, sorted by our identifier.

    Raises:
        ResourceError: a file does not load, a field is missing or unknown, or two rules share an identifier.
    """
    return _read(tuple((path.name, path.read_bytes()) for path in rule_files(folder)))


@functools.lru_cache(maxsize=4)
def _read(files: tuple[tuple[str, bytes], ...]) -> tuple[PatternRule, ...]:
    rules = sorted((_one(name, raw) for name, raw in files), key=lambda rule: rule.metadata.id)
    identifiers = [identifier for rule in rules for identifier in (rule.metadata.id, rule.id)]
    twice = sorted({identifier for identifier in identifiers if identifiers.count(identifier) > 1})
    if twice:
        raise ResourceError(f"Two rules share the identifier {twice[0]}.", "Give each rule its own.")
    return tuple(rules)


def _one(name: str, raw: bytes) -> PatternRule:
    what = f"The rule {name}"
    return validated(PatternRule, read_mapping(raw, what), what)
