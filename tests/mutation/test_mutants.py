"""Whatever makes the gate worse is noticed by a sample: the quick groups of mutants, and the runner itself."""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from llmdas.gate.terms import Terms
from llmdas.program import Finding

from . import code_mutants, run, terms_mutants
from .code_mutants import calls_of, gate_modules, take_out
from .corpus import accepted, everything, refused
from .made import HEAD, TAIL
from .pattern_mutants import IMPLIED, branches_taken_out
from .runner import Mutant, baseline
from .runner import run as outcomes_of
from .sample import Sample


@pytest.fixture(scope="module")
def terms() -> Terms:
    return run.shipped()


def test_every_sample_is_judged_as_it_names(terms: Terms) -> None:
    assert baseline(everything(), terms) == []


@pytest.mark.parametrize(
    "group", ["pattern rule", "rule silenced", "wrong permit", "refused keyword", "limit", "contract"]
)
def test_no_mutant_of_the_quick_groups_survives(group: str, terms: Terms) -> None:
    mutants = list(run.GROUPS[group](terms))
    outcomes = list(outcomes_of(mutants, terms))
    assert len(outcomes) == len(mutants) > 0
    assert [outcome.mutant.name for outcome in outcomes if not outcome.killer] == []


def test_accepted_samples_use_every_permitted_name(terms: Terms) -> None:
    used = frozenset().union(*(sample.words | sample.nodes for sample in accepted()))
    names = {name for names in (*terms.modules.values(), *terms.attributes.values()) for name in names}
    assert sorted((terms.syntax | terms.builtins | names) - used) == []


def test_every_place_that_reports_is_a_mutant() -> None:
    for module in gate_modules():
        calls = " ".join(call.text for call in calls_of(module))
        source = Path(module.__file__ or "").read_text(encoding="utf-8")
        written = len(re.findall(r"^ +(?:self\.)?report\.(?:at|add)\(|^ +self\.error\(", source, re.MULTILINE))
        assert len(re.findall(r"\breport\.(?:at|add)\(|\bself\.error\(", calls)) == written, module.__name__


def test_a_mutant_of_code_changes_what_is_judged_and_only_in_its_child(terms: Terms) -> None:
    sample = next(sample for sample in refused() if sample.expected == {"DAS204"})
    calls = [call for module in gate_modules() for call in calls_of(module) if "'DAS204'" in call.text]
    mutants = [Mutant("test", call.name, [sample], prepare=functools.partial(take_out, call)) for call in calls]
    assert [outcome.killer for outcome in outcomes_of(mutants, terms)] == [sample.name] * len(mutants) != []
    assert sample.fault(terms) == ""


def test_a_branch_of_a_rule_is_left_out_and_nothing_else(terms: Terms) -> None:
    for mutant in branches_taken_out(terms):
        before, after = ({p["id"]: p["config"] for p in some.patterns} for some in (terms, mutant.terms(terms)))
        assert [rule for rule in before if before[rule] != after[rule]] == [mutant.name.split()[0]]


def test_what_is_said_to_be_implied_is_a_condition_that_stands(terms: Terms) -> None:
    configs = {pattern["id"]: pattern["config"] for pattern in terms.patterns}
    for name in IMPLIED:
        value, (rule, place) = configs, name.split()
        for step in (rule, *place.split(".")):
            value = value[int(step) if step.isdigit() else step]
        assert set(value) == {"regex"}, name


def test_a_survivor_is_listed_and_fails_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mutant = Mutant("limit", "nothing changed", accepted()[:3])
    monkeypatch.setattr(run, "everything", lambda: accepted()[:3])
    monkeypatch.setattr(run, "GROUPS", {"limit": lambda terms: iter([mutant])})
    assert run.main(["--group", "limit"]) == 1
    shown = capsys.readouterr().out
    assert re.search(r"^limit +1 mutants, +0 killed$", shown, re.MULTILINE)
    assert "SURVIVED  limit: nothing changed\n" in shown


def test_a_sample_that_fails_with_nothing_changed_fails_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = replace(accepted()[0], expected=frozenset({"DAS203"}))
    monkeypatch.setattr(run, "everything", lambda: (wrong,))
    assert run.main([]) == 1
    assert f"{wrong.name} trips nothing instead of DAS203" in capsys.readouterr().out


def test_a_mutant_that_cannot_be_made_is_no_success(terms: Terms) -> None:
    with pytest.raises(RuntimeError, match="cannot be made: KeyError"):
        list(outcomes_of([Mutant("limit", "no such limit", accepted()[:1], _lacking)], terms))


def _lacking(terms: Terms) -> Terms:
    return replace(terms, limits={"max_bytes": terms.limits["no such limit"]})


def test_a_checker_that_hangs_or_fails_has_refused_the_sample(terms: Terms) -> None:
    def hanging(source: bytes, terms: Terms) -> Iterable[Finding]:
        while True:
            time.sleep(0.01)

    def failing(source: bytes, terms: Terms) -> Iterable[Finding]:
        raise RecursionError

    samples = [replace(_plain(), name=look.__name__, look=look) for look in (hanging, failing)]
    outcomes = outcomes_of([Mutant("test", one.name, [one]) for one in samples], terms, wall_s=0.5)
    assert {outcome.mutant.name: outcome.fault for outcome in outcomes} == {
        "hanging": "takes too long",
        "failing": "makes the checker fail: RecursionError: ",
    }


def _plain() -> Sample:
    return Sample("plain", f"{HEAD}{TAIL}".encode(), frozenset(), False, everything()[0].look)


def test_wrong_permits_are_not_permitted(terms: Terms) -> None:
    assert all(mutant.terms(terms) != terms for mutant in terms_mutants.permits_put_in(terms))
    assert len(list(code_mutants.rules_silenced(terms))) > 40
