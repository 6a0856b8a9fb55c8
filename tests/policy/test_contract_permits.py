"""What a contract adds to a policy, and that it adds nothing where it says nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from llmdas.contract import contract_names, load_contract
from llmdas.errors import ResourceError
from llmdas.gate.bundle import bundle_digest
from llmdas.gate.inspection import inspect
from llmdas.gate.rules import load_rules
from llmdas.gate.terms import terms_of
from llmdas.policy import load_policy, profile_names
from llmdas.policy_diff import diff
from llmdas.resources import resource

PAPER = resource("policies/contract/das-paper.yaml")


def _changed(tmp_path: Path, old: str, new: str) -> Path:
    text = PAPER.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "das-paper.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_contracts_that_ship() -> None:
    assert {"das/1", "das/paper"} <= set(contract_names())
    for name in contract_names():
        assert load_contract(name).id == name
    with pytest.raises(ResourceError, match="das/1"):
        load_contract("das/2")
    with pytest.raises(ResourceError, match="no contract"):
        load_contract("../policy")


def test_a_contract_that_adds_nothing_leaves_the_policy_as_it_is() -> None:
    policy = load_policy()
    assert policy.under(load_contract("das/1")) is policy


def test_contracts_differ_in_the_generator_alone() -> None:
    das, paper = load_contract("das/1"), load_contract("das/paper")
    assert paper.parameters == tuple(p for p in das.parameters if p.kind != "generator")
    assert paper.signature == "generate_hard_anomalies(n_samples, model, X_train)"
    assert paper.returns == das.returns
    assert paper.parameter("generator") is None


@pytest.mark.parametrize("profile", profile_names())
def test_under_the_papers_contract_only_functions_of_numpy_random_are_added(profile: str) -> None:
    policy = load_policy(profile)
    under = policy.under(load_contract("das/paper"))
    found = diff(policy, under)
    assert {change.where for change in found.changes} == {"module numpy.random"}
    assert {change.kind for change in found.changes} == {"added"}
    assert {"normal", "uniform", "randint", "choice", "shuffle"} <= {change.name for change in found.changes}
    assert found.after == f"{profile}+das/paper"


def test_policy_under_a_contract_is_another_policy_and_stays_it() -> None:
    policy, paper = load_policy(), load_contract("das/paper")
    under = policy.under(paper)
    assert under.digest != policy.digest
    assert bundle_digest(under) != bundle_digest(policy)
    assert under.under(paper) is under
    assert under.under(load_contract("das/1")) is under
    other = replace(paper, id="das/other")
    with pytest.raises(ResourceError, match="das/paper and was put under das/other"):
        under.under(other)


@pytest.mark.parametrize("call", ["np.random.seed()", "np.random.seed(None)", "seed(seed=None)", "s()"])
def test_rows_that_do_not_repeat_are_refused_because_every_contract_asks_for_it(call: str) -> None:
    source = (
        "import numpy as np\nfrom numpy.random import seed, seed as s\n\n\n"
        "def generate_hard_anomalies(n_samples, model, X_train):\n"
        f"    {call}\n    np.random.seed(n_samples)\n"
        "    return np.random.normal(size=(n_samples, X_train.shape[1]))\n"
    )
    for name in contract_names():
        assert any("the same arguments must give the same rows" in note for note in load_contract(name).notes)
    findings = inspect(source.encode(), terms_of(load_policy(), load_contract("das/paper"), load_rules()))
    assert [(finding.rule, finding.line) for finding in findings] == [("DAS410", 6)]


def test_gate_and_guest_see_what_the_contract_permits() -> None:
    policy, paper = load_policy(), load_contract("das/paper")
    terms = terms_of(policy, paper, ())
    assert "uniform" in terms.modules["numpy.random"]
    assert terms == terms_of(policy.under(paper), paper, ())
    assert set(policy.under(paper).as_guest().modules["numpy.random"]) == terms.modules["numpy.random"]
    assert "uniform" not in terms_of(policy, load_contract("das/1"), ()).modules["numpy.random"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "- reason: restarts",
            "- prompt: false\n          names: [bytes]\n        - reasons: restarts",
            "reason: Field required",
        ),
        ("permits:\n  modules:", "permits:\n  limits: 1\n  modules:", "Extra inputs"),
        ("permits:\n  modules:", "permits:\n  source: {max_bytes: 1}\n  modules:", "Extra inputs"),
        ("notes:", "digest_of: 1\nnotes:", "Extra inputs"),
        ("id: das/paper", "id: paper", "id"),
        ("kind: rows", "kind: frame", "kind"),
        ("parameters:", "parameters: []\nparameters:", "stands twice"),
    ],
)
def test_a_contract_that_is_not_exactly_right_does_not_load(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(ResourceError, match=told):
        load_contract(path=_changed(tmp_path, old, new))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("names: [seed]", "names: [default_rng]", "default_rng under the module numpy.random"),
        ("    numpy.random:\n", "    numpy.random:\n      reason: another reason altogether\n", "reason or aliases"),
        ("permits:\n  modules:", "permits:\n  builtins: [{names: [len], reason: of no use at all}]\n  modules:", "len"),
    ],
)
def test_a_contract_cannot_change_what_is_permitted_already(tmp_path: Path, old: str, new: str, told: str) -> None:
    contract = load_contract(path=_changed(tmp_path, old, new))
    with pytest.raises(ResourceError, match=f"contract das/paper.*{told}"):
        load_policy().under(contract)
