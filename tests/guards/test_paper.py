"""Programs in the paper's style run under its own contract: numpy's global functions, seeded by the guest."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from llmdas.contract import load_contract
from llmdas.detectors.catalogue import lookup
from llmdas.detectors.interface import Detector, Matrix
from llmdas.digest import sha256
from llmdas.execution import Accepted, Execution, Rig, execute
from llmdas.gate import bundle_digest, judge
from llmdas.policy import load_policy
from llmdas.program import Program
from llmdas.trial import run_trial
from llmdas_sandbox import Limits, Proxy, Request, Rows, Sandbox, Scalar
from llmdas_sandbox.guest.guards import build_globals
from tests.escapes.places import Outcome

PROGRAMS = sorted((Path(__file__).resolve().parents[1] / "programs" / "paper").glob("*.py"))
PAPER, DAS = load_contract("das/paper"), load_contract("das/1")
N = 12
LIMITS = Limits(wall_s=20.0)


def _heading(path: Path, word: str) -> str:
    found = re.search(rf"^# {word}: (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return found.group(1) if found else ""


@pytest.fixture(scope="module")
def paper(box: Sandbox) -> Rig:
    policy = load_policy()
    return Rig(lookup("iforest"), PAPER, policy, bundle_digest(policy), box)


@pytest.fixture(scope="module")
def X() -> Matrix:
    rng = np.random.default_rng(7)
    return rng.normal(size=(80, 2)) @ rng.normal(size=(2, 4)) + 0.1 * rng.normal(size=(80, 4))


@pytest.fixture(scope="module")
def detector(X: Matrix) -> Detector:
    made = lookup("iforest").make(0)
    made.fit(X)
    return made


def _accepted(rig: Rig, source: bytes) -> Accepted:
    program = Program(source)
    return Accepted(program, judge(program, rig.policy, rig.contract))


def _program(body: str, head: str = "") -> bytes:
    return f"import numpy as np\n{head}\n\ndef generate_hard_anomalies(n_samples, model, X_train):\n{body}\n".encode()


def test_there_are_enough_programs_and_each_says_what_it_stands_for() -> None:
    assert len(PROGRAMS) >= 8
    assert all(_heading(path, "Stands for") for path in PROGRAMS)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_program_is_accepted_under_the_papers_contract_alone(path: Path) -> None:
    program, policy = Program(path.read_bytes()), load_policy()
    verdict = judge(program, policy, PAPER)
    assert verdict.accepted, verdict.findings
    assert {finding.rule for finding in verdict.findings} == set(_heading(path, "Warns").split())
    assert not judge(program, policy, DAS).accepted


@pytest.mark.bubblewrap
@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_rows_follow_the_seed_of_the_job(paper: Rig, X: Matrix, detector: Detector, path: Path) -> None:
    accepted = _accepted(paper, path.read_bytes())

    def run(seed: int) -> Execution:
        return execute(
            paper, accepted, detector=detector, X_train=X, n_samples=N, seed=seed, limits=LIMITS, owner="paper"
        )

    first, again, other = run(3), run(3), run(4)
    for done in (first, again, other):
        assert done.fault is None
        assert done.checked is not None
        assert done.checked.rows.shape == (N, 4)
    assert np.array_equal(first.checked.rows, again.checked.rows)
    same = np.array_equal(first.checked.rows, other.checked.rows)
    assert same == (_heading(path, "Rows") == "the same for every seed")
    assert (first.usage.printed > 0) == ("print(" in path.read_text(encoding="utf-8"))


@pytest.mark.bubblewrap
def test_trial_of_a_program_without_a_generator(paper: Rig) -> None:
    path = next(path for path in PROGRAMS if path.stem == "borderline-pulled-inward")
    trial = run_trial(paper, _accepted(paper, path.read_bytes()))
    assert trial.faults == ()


@pytest.mark.bubblewrap
@pytest.mark.parametrize("expression", ["np.random.seed()", "np.random.seed(None)", "np.random.default_rng('1')"])
def test_entropy_from_outside_is_not_to_be_had(
    durable: Callable[[Request], Outcome], X: Matrix, expression: str
) -> None:
    source = _program(f"    {expression}\n    return np.random.normal(size=(n_samples, X_train.shape[1]))")
    arguments = {
        "n_samples": Scalar(N),
        "model": Proxy({"predict_score": lambda rows: rows.sum(axis=1)}),
        "X_train": Rows(X),
    }
    guest, digest = load_policy().under(PAPER).as_guest(), sha256(source)
    _, fault, _ = durable(Request(source, digest, "generate_hard_anomalies", arguments, guest, LIMITS, 1))
    assert fault is not None
    assert fault.exception == "TypeError"
    assert "whole numbers" in fault.message


def _proxy(contract: str) -> object:
    guest = load_policy().under(load_contract(contract)).as_guest()
    table = build_globals(guest.builtins, guest.modules, guest.attributes, lambda count: None)
    return table["__builtins__"]["__import__"]("numpy.random", fromlist=("Generator",))


def test_module_proxy_shows_exactly_the_permitted_functions() -> None:
    listed = load_policy().under(PAPER).modules["numpy.random"].attributes
    assert {name for name in dir(np.random) if _readable(_proxy("das/paper"), name)} == set(listed)
    assert {name for name in dir(np.random) if _readable(_proxy("das/1"), name)} == {"Generator", "default_rng"}
    assert not {"RandomState", "get_state", "set_state", "bytes", "get_bit_generator", "mtrand"} & set(listed)


def _readable(proxy: object, name: str) -> bool:
    try:
        getattr(proxy, name)
    except AttributeError:
        return False
    return True


def test_generator_without_a_seed_follows_the_global_one_only_where_there_is_one() -> None:
    make = getattr(_proxy("das/paper"), "default_rng")  # noqa: B009 # a proxy, not a module
    draws = []
    for seed in (5, 5, 6):
        np.random.seed(seed)
        draws.append(make().normal())
    assert draws[0] == draws[1] != draws[2]
    assert make(3).normal() == make(3).normal()
    with pytest.raises(TypeError):
        getattr(_proxy("das/1"), "default_rng")()  # noqa: B009


def test_shuffle_does_not_write_read_only_rows() -> None:
    shuffle = getattr(_proxy("das/paper"), "shuffle")  # noqa: B009
    rows = np.arange(12.0).reshape(4, 3)
    rows.setflags(write=False)
    for part in (rows, rows[:, 0], rows[0], rows.T, rows.ravel()):
        with pytest.raises(ValueError, match="read-only"):
            shuffle(part)
    assert np.array_equal(rows.ravel(), np.arange(12.0))


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("np.random.RandomState(0)", "DAS202"),
        ("np.random.get_state()", "DAS202"),
        ("np.random.mtrand", "DAS202"),
        ("np.random.bytes(8)", "DAS202"),
        ("model.decision_function(X_train)", "DAS206"),
    ],
)
def test_the_papers_contract_permits_nothing_else(line: str, rule: str) -> None:
    source = _program(f"    x = {line}\n    return np.random.normal(size=(n_samples, X_train.shape[1]))")
    assert [finding.rule for finding in judge(Program(source), load_policy(), PAPER).findings] == [rule]


def test_a_rule_about_a_generator_applies_only_where_one_is_passed() -> None:
    body = "    g = np.random.default_rng(1)\n    return g.normal(size=(n_samples, X_train.shape[1]))"
    assert judge(Program(_program(body)), load_policy(), PAPER).findings == ()
    with_generator = _program(body).replace(b"X_train):", b"X_train, rng):")
    assert [finding.rule for finding in judge(Program(with_generator), load_policy(), DAS).findings] == ["DAS402"]
