"""The same source gets the same findings on every supported Python: rule, line, column, severity; nothing printed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from llmdas.contract import load_contract
from llmdas.gate.characters import NEWER
from llmdas.gate.rules import load_rules
from llmdas.gate.terms import Terms, terms_of
from llmdas.llm.extract import extract_program
from llmdas.llm.replay import Recording
from llmdas.policy import load_policy
from llmdas.program import Program
from llmdas.resources import resource

from .disputed import DISPUTED
from .pythons import OWN, SUPPORTED, Found, inspect_with

PROGRAMS = Path(__file__).resolve().parents[1] / "programs"
HEAD = "import numpy as np\n\n\ndef generate_hard_anomalies(n_samples, model, X_train, rng):\n"
TAIL = "    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0\n"
OTHERS = [version for version in SUPPORTED if version != OWN]


@pytest.fixture(scope="module")
def terms() -> Terms:
    return terms_of(load_policy(), load_contract(), load_rules())


@pytest.fixture(scope="module")
def sources() -> dict[str, bytes]:
    """All samples, the programs in the recorded answers, and what Pythons have disagreed on."""
    found = {str(path.relative_to(PROGRAMS)): path.read_bytes() for path in sorted(PROGRAMS.rglob("*.py"))}
    for path in sorted(resource("llmdas/library/recordings").glob("*.json")):
        answer = Recording.model_validate_json(path.read_bytes()).as_answer()
        program = extract_program(answer, "generate_hard_anomalies")
        if isinstance(program, Program):
            found[f"recorded/{path.stem[:12]}"] = program.source
    for feature in ("annotations", "braces", "nothing", "(annotations,\n    nothing)"):
        found[f"future: {feature}"] = f"from __future__ import {feature}\n{HEAD}{TAIL}".encode()
    for lines in DISPUTED:
        inside = "".join(f"    {line}\n" for line in lines.split("\n"))
        found[f"inside: {lines!r}"] = f"{HEAD}{inside}{TAIL}".encode()
    edges = "".join(f"    # {chr(first)} {chr(last)}\n" for first, last in NEWER)
    around = "".join(f"    # {chr(first - 1)} {chr(last + 1)}\n" for first, last in NEWER)
    return found | {"newer characters": f"{HEAD}{edges}{TAIL}".encode(), "around": f"{HEAD}{around}{TAIL}".encode()}


@pytest.fixture(scope="module")
def inspected(
    sources: dict[str, bytes], terms: Terms, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Found]:
    """Inspect all sources with one version."""
    folder = tmp_path_factory.mktemp("pythons")
    return lambda version: inspect_with(version, sources, terms, folder)


@pytest.fixture(scope="module")
def own(inspected: Callable[[str], Found]) -> Found:
    return inspected(OWN)


def test_there_is_something_to_compare(sources: dict[str, bytes], own: Found) -> None:
    assert {name.split("/")[0] for name in sources} >= {"accept", "reject", "recorded"}
    assert own.keys() == sources.keys()
    assert not any(finding[2].startswith("DAS9") for findings in own.values() for finding in findings)
    assert sum(not findings for findings in own.values()) > 50


@pytest.mark.parametrize("version", OTHERS)
def test_every_source_has_the_same_findings(version: str, inspected: Callable[[str], Found], own: Found) -> None:
    other = inspected(version)
    assert other.keys() == own.keys()
    different = {
        name: (places(own[name]), places(other[name])) for name in own if places(own[name]) != places(other[name])
    }
    assert different == {}


def places(findings: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Leave out what may quote the interpreter's own words."""
    return sorted((line, column, rule, severity) for line, column, rule, _, _, _, severity in findings)  # type: ignore[type-var]
