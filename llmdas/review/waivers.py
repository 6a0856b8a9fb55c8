"""Findings that somebody answers for: one rule in one program, for a stated reason, until a date.

They stand in a file of their own and never in a program. Only a review reads them: whatever runs a program, runs it on
the gate's verdict alone.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Hashable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from llmdas.digest import sha256
from llmdas.errors import ConfigError
from llmdas.gate.catalogue import CATALOGUE
from llmdas.program import Finding, Severity
from llmdas.review.discover import shown_path
from llmdas.review.fingerprint import fingerprints
from llmdas.review.outcome import Placed
from llmdas.review.standing import known_rule, stands
from llmdas.review.text_file import read_text

EXPIRED = "DAS020"
UNUSED = "DAS021"

_MAX_BYTES = 1 << 20
_MAX_EXCERPT = 120
_BREAK = r"\r\n|[\n\r\x85\u2028\u2029]"  # YAML 1.1, section 5.4
_REMEDY = "See docs/check.md for the form of a waiver."
_MISSING = "Make an empty file of this name, or delete the key or the option that names it."
_WRONG = {
    "rule": "not a rule such as DAS203",
    "program": "not the 64 hex digits of sha256sum",
    "reason": "not a text of 15 to 1000 characters",
    "owner": "not a text of 2 to 200 characters",
    "expires": "not a date such as 2027-01-31",
}


def _date(value: Any) -> datetime.date:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("not a date such as 2027-01-31")
    return datetime.date.fromisoformat(value)


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


class Waiver(BaseModel):
    """One finding that somebody answers for.

    Attributes:
        rule: the rule that is waived.
        program: hex SHA-256 of the program's bytes; other bytes are not waived.
        reason: why the finding is acceptable here.
        owner: who answers for it.
        expires: the last day on which it holds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    rule: Annotated[str, BeforeValidator(_upper), Field(pattern=r"^DAS[0-9]{3}$")]
    program: str = Field(pattern=r"^[0-9a-f]{64}$")
    reason: str = Field(min_length=15, max_length=1000)
    owner: str = Field(min_length=2, max_length=200)
    expires: Annotated[datetime.date, BeforeValidator(_date)]

    @property
    def justification(self) -> str:
        """Reason, owner and last day on one line."""
        return " ".join(f"{self.reason.rstrip('.')} ({self.owner}, until {self.expires.isoformat()})".split())


@dataclass(frozen=True, slots=True)
class Entry:
    """One waiver and the line of the file on which it begins.

    Attributes:
        waiver: what the entry says.
        line: 1-based.
        excerpt: that line.
    """

    waiver: Waiver
    line: int
    excerpt: str


@dataclass(frozen=True, slots=True)
class Waivers:
    """A waiver file.

    Attributes:
        shown: its path as reported.
        sha256: hex SHA-256 of its text.
        entries: in the file's order; no two for the same rule and program.
    """

    shown: str
    sha256: str
    entries: tuple[Entry, ...]

    def apply(
        self, placed: tuple[Placed, ...], programs: frozenset[str], *, today: datetime.date, whole: bool
    ) -> tuple[Placed, ...]:
        """Mark the findings that are waived and add those on the waivers themselves.

        A waiver past its last day waives nothing and is an error. One that waives nothing is a warning; when its
        program was not judged at all, only if `whole`, that is, if what was judged is more than a list of files.

        Args:
            placed: the findings on all programs.
            programs: digests of all judged programs.
            today: the day that the waivers are held against.
            whole: a folder was searched, so a program that was not found is gone.
        """
        valid = {(e.waiver.rule, e.waiver.program): e.waiver for e in self.entries if today <= e.waiver.expires}
        waived = tuple(_waived(one, valid.get((one.finding.rule, one.program))) for one in placed)
        used = {(one.finding.rule, one.program) for one in waived if one.state == "waived"}
        found = []
        for entry in self.entries:
            waiver, key = entry.waiver, (entry.waiver.rule, entry.waiver.program)
            if key not in valid:
                found.append(_on(entry, EXPIRED, f"the waiver of {waiver.rule} held until {waiver.expires}", "error"))
            elif key not in used and waiver.program in programs:
                message = f"the program {waiver.program[:12]} has no finding {waiver.rule}"
                found.append(_on(entry, UNUSED, message, "warning"))
            elif key not in used and whole:
                found.append(_on(entry, UNUSED, f"no program {waiver.program[:12]} was found", "warning"))
        marks = fingerprints(self.shown, tuple(found))
        return waived + tuple(
            Placed(self.shown, self.sha256, finding, mark) for finding, mark in zip(found, marks, strict=True)
        )


def _waived(one: Placed, waiver: Waiver | None) -> Placed:
    if waiver is None or stands(one.finding.rule):
        return one
    return replace(one, state="waived", justification=waiver.justification)


def _on(entry: Entry, rule: str, message: str, severity: Severity) -> Finding:
    return Finding(entry.line, 1, rule, message, entry.excerpt, CATALOGUE[rule].remedy, severity)


def read_waivers(path: Path) -> Waivers:
    """Read a waiver file: a YAML list of mappings with ``rule``, ``program``, ``reason``, ``owner``, ``expires``.

    Raises:
        ConfigError: the file does not load, a field is missing, unknown or malformed, a rule is unknown or can never be
            waived, or two waivers are for the same rule and program.
    """
    text = read_text(path, "waiver file", _MAX_BYTES, _MISSING)
    lines = re.split(_BREAK, text)
    entries: dict[tuple[str, str], Entry] = {}
    for line, value in _items(text, path):
        waiver = _one(value, f"The waiver on line {line} of {str(path)!r}")
        key = (waiver.rule, waiver.program)
        if key in entries:
            both = f"on lines {entries[key].line} and {line} of {str(path)!r}"
            raise ConfigError(f"The waivers {both} are for the same rule and program.", "Keep one.")
        excerpt = "".join(c if c.isprintable() else " " for c in lines[line - 1][:_MAX_EXCERPT])
        entries[key] = Entry(waiver, line, excerpt)
    return Waivers(shown_path(str(path)), sha256(text.encode()), tuple(entries.values()))


def _one(value: Any, where: str) -> Waiver:
    try:
        waiver = Waiver.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{where} does not load: {_wrong(key, first['type'])}.", _REMEDY) from None
    try:
        known_rule(waiver.rule)
    except ConfigError as error:
        raise ConfigError(f"{where} is for {waiver.rule!r}, but there is no such rule.", error.remedy) from None
    if stands(waiver.rule):
        raise ConfigError(f"{where} is for {waiver.rule}, which nobody can waive.", "Mend the program.")
    return waiver


def _wrong(key: str, kind: str) -> str:
    """Say what is wrong with a waiver, by the key at fault and the kind of fault that pydantic names."""
    if not key:
        return "it is not a mapping of keys to texts"
    if kind == "extra_forbidden":
        return f"unknown key {key!r}"
    return f"the key {key!r} is missing" if kind == "missing" else f"{key}: {_WRONG[key]}"


class _Loader(yaml.BaseLoader):
    """Leaves every scalar a text (a digest of digits alone stays one) and refuses a key that is given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(set(keys)) < len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a key is given twice or is no text", node.start_mark)
        return super().construct_mapping(node, deep)


def _items(text: str, path: Path) -> list[tuple[int, Any]]:
    """Return the items of a YAML list, each with its 1-based line."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None or node.value == "":
            return []
        if not isinstance(node, yaml.SequenceNode):
            raise ConfigError(f"The waiver file {str(path)!r} is not a list of waivers.", _REMEDY)
        values = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}: " if mark else ""
        raise ConfigError(f"The waiver file {str(path)!r} is not YAML: {place}{error.problem}.", _REMEDY) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError(f"The waiver file {str(path)!r} is not YAML: {error}.", _REMEDY) from None
    return [(child.start_mark.line + 1, value) for child, value in zip(node.value, values, strict=True)]
