"""The findings that were known when somebody looked last: they are listed, but do not count again.

A baseline matches by fingerprint, rule, path and message, so it survives moved lines; what `standing.pinned` names only
for the very bytes that were judged. What `standing.stands` names is never in one.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from llmdas.errors import ConfigError
from llmdas.review.discover import shown_path
from llmdas.review.outcome import Placed, Review
from llmdas.review.result_file import result_file, write_result
from llmdas.review.standing import pinned, stands
from llmdas.review.text_file import read_text

_VERSION: Final = 1
_MAX_BYTES = 1 << 26
_WRONG = {"missing": "the key is missing", "extra_forbidden": "the key is unknown", "json_invalid": "it is not JSON"}


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Known(_Record):
    """One known finding; all of it has to fit. `program`: SHA-256 of the file, empty when it was not read whole."""

    fingerprint: str = Field(pattern=r"^[0-9a-f]{32}$")
    rule: str = Field(pattern=r"^DAS[0-9]{3}$")
    path: str
    message: str
    program: str = Field(pattern=r"^([0-9a-f]{64})?$")


class Baseline(_Record):
    """A baseline file.

    Attributes:
        version: of the file's form.
        bundle: digest of policy and rules that judged when it was written; for information.
        findings: sorted by path, then as found.
    """

    version: Literal[1]
    bundle: str
    findings: tuple[Known, ...]

    def mark(self, placed: Iterable[Placed]) -> tuple[Placed, ...]:
        """Return the findings with those that are new, known here and not standing marked as known."""
        known = {_fits(entry.rule, entry) for entry in self.findings if not stands(entry.rule)}
        return tuple(
            replace(one, state="baseline")
            if one.state == "new" and _fits(one.finding.rule, _known(one)) in known
            else one
            for one in placed
        )


def _fits(rule: str, entry: Known) -> Known:
    """Return the entry without the program where other bytes may take it over."""
    return entry if pinned(rule) else entry.model_copy(update={"program": ""})


def _known(one: Placed) -> Known:
    found = one.finding
    return Known(
        fingerprint=one.fingerprint, rule=found.rule, path=one.path, message=found.message, program=one.program
    )


def baseline_of(review: Review) -> Baseline:
    """Return the baseline that makes everything known that a review found, save what is waived or stands."""
    known = tuple(_known(one) for one in review.placed if one.state != "waived" and not stands(one.finding.rule))
    return Baseline(version=_VERSION, bundle=review.bundle, findings=known)


class _Twice(ValueError):
    """A key that stands twice in one object: readers would believe the one, programs the other."""


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise _Twice(key)
        found[key] = value
    return found


def read_baseline(path: Path) -> Baseline:
    """Read a baseline file.

    Raises:
        ConfigError: it is missing, unreadable, not of the expected form or of another version.
    """
    name = shlex.quote(shown_path(str(path)))
    missing = f"Write it with --write-baseline {name}, or delete the key or the option that names it."
    text = read_text(path, "baseline", _MAX_BYTES, missing)
    try:
        found = Baseline.model_validate_json(text)
        json.loads(text, object_pairs_hook=_once)
        return found
    except _Twice as error:
        problem = f"The baseline {str(path)!r} does not load: the key {str(error)!r} stands twice in it."
        raise ConfigError(problem, "Delete it and write it anew with --write-baseline.") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        if place == "version" and first["type"] == "literal_error":
            problem = f"The baseline {str(path)!r} has a version that this llmdas does not read; it reads {_VERSION}."
        else:
            why = _WRONG.get(first["type"], "that is not what llmdas writes there")
            problem = f"The baseline {str(path)!r} does not load{f' at {place}' if place else ''}: {why}."
        raise ConfigError(problem, "Delete it and write it anew with --write-baseline.") from None


def baseline_file(name: Path, held: Mapping[Path, str] | None = None) -> Path:
    """Return the file to write a baseline into; see `result_file`. Of files that exist, only a baseline is replaced.

    Raises:
        ConfigError: it is another file, or `result_file` refuses it.
    """
    target = result_file(name, held)
    if target.exists():
        try:
            read_baseline(target)
        except ConfigError:
            problem = f"The file {str(name)!r} is no baseline that this llmdas reads and is not overwritten."
            raise ConfigError(problem, "Name another file, or delete it first.") from None
    return target


def write_baseline(target: Path, review: Review) -> Review:
    """Write the baseline of a review into a file that `baseline_file` gave, and return the review with it applied.

    Raises:
        ConfigError: the review could not complete, so its baseline would miss something; or the file was judged.
        OSError: it cannot be written; what was there stays.
    """
    if review.unread:
        return review
    baseline = baseline_of(review)
    text = json.dumps(baseline.model_dump(), ensure_ascii=False, indent=1) + "\n"
    write_result(target, text, review.files)
    return replace(review, placed=baseline.mark(review.placed))
