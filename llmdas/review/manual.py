"""What is known about each rule, in one record: catalogue, rule files and ``policies/examples.yaml`` joined."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from llmdas.errors import ResourceError
from llmdas.gate.catalogue import catalogue
from llmdas.gate.rules import load_rules
from llmdas.program import Severity
from llmdas.resources import resource

GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "0xx": "source",
        "1xx": "interface",
        "2xx": "imports and names",
        "3xx": "restricted compile",
        "4xx": "patterns",
        "5xx": "resources",
        "9xx": "internal",
    }
)

_FILE = "policies/examples.yaml"
_GAP = "    ...\n"
_REPEATED = re.compile(r'\{\{"([^"]*)" \* (\d+)\}\}')


def group_of(rule: str) -> str:
    """Return the group of a rule, such as ``2xx`` for ``DAS203``."""
    return f"{rule[3:4]}xx"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Samples(_Record):
    """What a rule refuses and what it lets pass, as a person reads it; `source` gives the bytes.

    Attributes:
        form: ``lines`` stand in the body of a function, see `Manual.frame`; a ``program`` is whole; ``waivers`` is a
            waiver file.
        bad: trips the rule.
        good: trips nothing; differs from `bad` in what the rule is about.
        escaped: `bad` writes bytes that nobody would see as Python's escapes.
        also: rules that `bad` trips beside this one, because one is not to be had without the other.
        words: in place of both samples, why there are none.
        links: pages on the technique or the remedy.
        severity: as the rule is reported; of a pattern rule, its own file says it.
    """

    form: Literal["lines", "program", "waivers"] = "lines"
    bad: str = ""
    good: str = ""
    escaped: bool = False
    also: tuple[str, ...] = ()
    words: str = ""
    links: tuple[str, ...] = ()
    severity: Severity = "error"

    @model_validator(mode="after")
    def _either(self) -> Samples:
        if bool(self.words) == bool(self.bad) or bool(self.bad) != bool(self.good):
            raise ValueError("give `bad` and `good`, or say under `words` why there are none")
        return self


class Rule(_Record):
    """One rule.

    Attributes:
        id: stable identifier such as ``DAS203``.
        title: what is wrong, a few words.
        severity: how it is reported.
        group: such as ``2xx``; `GROUPS` names it.
        why: why it is refused, one sentence.
        remedy: how to mend it where the check knows nothing better, one sentence.
        pattern: of a pattern rule, its name for ast-grep and the stem of its file in ``policies/rules``; else empty.
        samples: what it refuses and what it lets pass.
    """

    id: str
    title: str
    severity: Severity
    group: str
    why: str
    remedy: str
    pattern: str
    samples: Samples


class Manual(_Record):
    """All rules, by id in order.

    Attributes:
        frame: a program in which the line ``...`` stands for a sample of the form ``lines``.
        rules: rule id -> record.
    """

    frame: str
    rules: Mapping[str, Rule]

    def source(self, rule: str, which: Literal["bad", "good"]) -> bytes:
        """Return a sample as the bytes of a whole file; empty where there is none."""
        samples = self.rules[rule].samples
        text = getattr(samples, which)
        if text and samples.form == "lines":
            lines = "".join(f"    {line}" if line.strip() else line for line in text.splitlines(keepends=True))
            text = self.frame.replace(_GAP, lines)
        text = _REPEATED.sub(lambda found: found[1].replace(r"\n", "\n") * int(found[2]), text)
        if which == "bad" and samples.escaped:
            return text.encode("ascii").decode("unicode_escape").encode("latin-1")
        return str(text).encode()


class _Examples(_Record):
    frame: str = Field(pattern=r"(?m)^    \.\.\.$")
    rules: Mapping[str, Samples]


@functools.cache
def load_manual() -> Manual:
    """Join what is said about every rule that ships.

    Raises:
        ResourceError: a file does not load, a rule has no samples, or samples belong to no rule.
    """
    examples, entries, patterns = _examples(), catalogue(), {rule.metadata.id: rule for rule in load_rules()}
    for what, odd in (
        ("has no sample", entries.keys() - examples.rules.keys()),
        ("does not exist", examples.rules.keys() - entries.keys()),
    ):
        if odd:
            raise ResourceError(f"The rule {min(odd)} {what} in {_FILE}.", "Give every rule exactly one entry there.")
    rules = {}
    for name, entry in entries.items():
        pattern, samples = patterns.get(name), examples.rules[name]
        severity = pattern.severity if pattern else samples.severity
        if pattern and "severity" in samples.model_fields_set:
            raise ResourceError(f"The severity of {name} stands in its own file, not in {_FILE}.", "Delete it there.")
        rules[name] = Rule(
            id=name,
            title=entry.title,
            severity=severity,
            group=group_of(name),
            why=_sentence(entry.why),
            remedy=_sentence(entry.remedy),
            pattern=pattern.id if pattern else "",
            samples=samples,
        )
    return Manual(frame=examples.frame, rules=rules)


def _examples() -> _Examples:
    try:
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same loader in C, where libyaml is
        read = yaml.load(resource(_FILE).read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - both are safe
        return _Examples.model_validate(read)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise ResourceError(f"The file {_FILE} does not load: {error}.", "Mend or restore it.") from error


def _sentence(text: str) -> str:
    """Return a text with a capital and a full stop; the notes of pattern rules are clauses."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"
