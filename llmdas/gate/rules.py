"""Reads the pattern rules in ``policies/rules``: ast-grep's own format, our keys under ``metadata``, nothing else."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from llmdas.errors import ResourceError
from llmdas.gate.bundle import rule_files


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Metadata(_Record):
    """What ast-grep does not know about a rule.

    Attributes:
        id: stable identifier.
        title: what is wrong, a few words.
        remedy: how to mend it, one sentence.
        parameters: the rule applies only under a contract that has these parameters.
    """

    id: str = Field(pattern=r"^DAS[45]\d\d$")
    title: str = Field(min_length=5)
    remedy: str = Field(min_length=10)
    parameters: tuple[str, ...] = ()


class PatternRule(_Record):
    """One rule file; ``note`` says why the rule exists. `rule` and its helpers are checked by ast-grep itself."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]+$")
    language: Literal["python"]
    severity: Literal["error", "warning"]
    message: str = Field(min_length=10)
    note: str = Field(min_length=10)
    rule: dict[str, Any] = Field(min_length=1)
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
    try:
        return PatternRule.model_validate(yaml.safe_load(raw))
    except (yaml.YAMLError, ValidationError) as error:
        raise ResourceError(f"The rule {name} does not load: {error}.", "Mend or restore the file.") from error
