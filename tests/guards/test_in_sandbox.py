"""The guards alone, with the gate switched off: programs run in a real sandbox, where the guards must stop them.

What stops a program is told apart by its fault: `refused` is the guest's own compile, `exception` with the words of a
guard is a guard, `killed` would be the second system-call filter and is never right here. What the guards do not claim
to stop stands in `NOT_CLAIMED`, by reason.
"""

from __future__ import annotations

import fnmatch
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from llmdas.policy import load_policy
from llmdas_sandbox import Fault, Generator, GuestPolicy, Limits, Proxy, Request, Rows, Scalar
from llmdas_sandbox.interface import Array
from tests.escapes.places import Outcome

PROGRAMS = Path(__file__).resolve().parents[1] / "programs"
ACCEPT = sorted((PROGRAMS / "accept").glob("*.py"))
REJECT = sorted((PROGRAMS / "reject").glob("*.py"))
LIMITS = Limits(wall_s=15.0, cpu_s=1.5)
X = np.random.default_rng(0).normal(size=(40, 3))
GUARDS_WORDS = re.compile(
    r"not permitted|cannot be (written|called)|not a plain numeric one|read-only|takes one value; nothing is decoded"
    r"|__build_class__ not found|^name '\w+' is not defined|has_attribute"
    r"|missing 1 required positional argument: 'seed'"
)
NOT_CLAIMED = {
    "interface-*": "name, parameters and shape of the result are the contract's; the caller checks what comes back",
    "source-*": "text that misleads a reader or is large; what it costs is bounded by the limits on the run",
    "pattern-endless-*": "loops without end: the limits on the run end them",
    "pattern-assert-carries-rows": "values of rows in an error's text: the caller never shows that text to a model",
    "pattern-exception-*": "values of rows in an error's text",
    "pattern-rows-in-exception": "values of rows in an error's text",
    "pattern-bare-except*": "what it takes is the program's own error, no limit and no end of the channel",
    "pattern-finally-*": "the same",
    "pattern-own-generator-*": "a generator whose seed repeats",
    "pattern-print-to-file": "what is printed is counted and thrown away, wherever it is sent",
    "name-*": "names of the program's own, under which only the program's own values are found",
    "newer-*": "no guard is passed; only older Pythons read it otherwise",
    "mutant-*": "for reviewers' sake",
    "attribute-getattr-starred": "the guard gives the default",
    "builtin-parameter-shadows": "guards are reached by other names",
    "import-shadows-a-builtin": "the same",
    "numpy-errstate-call": "only what the program has can be called back",
    "numpy-pad-pickle-keyword": "numpy itself has no such keyword there",
    "syntax-global": "only the program's own names can be spelt",
    "syntax-yield*": "the frame is out of reach",
    "syntax-decorator": "abs of a function is an error of its own",
    "syntax-decorator-inner": "a partial of a function of the program",
    "syntax-async-comprehension": "nothing in the guest can be awaited",
    "value-ndarray-getattr": "only a stand-in is read, and not called",
    "value-ndarray-imported": "the same",
    "value-generator-class": "the same",
    "value-default-rng-imported": "the seed repeats",
}
STRICT = (
    "attribute",
    "builtin",
    "compile",
    "import",
    "numpy",
    "syntax",
    "value",
)  # groups in which all but few are stopped


@pytest.fixture(scope="module")
def run(durable: Callable[[Request], Outcome]) -> Callable[[bytes], tuple[Array | None, Fault | None]]:
    """Runs a source under the policy that ships; one warm guest serves all, so nothing may stay behind in it."""
    guest = load_policy().as_guest()
    policy = replace(guest, attributes=(*guest.attributes, "predict_score"))

    def under_guards(source: bytes, policy: GuestPolicy | None = policy) -> tuple[Array | None, Fault | None]:
        arguments = {
            "n_samples": Scalar(10),
            "model": Proxy({"predict_score": lambda rows: np.abs(rows).sum(axis=1)}),
            "X_train": Rows(X),
            "rng": Generator(1),
        }
        digest = hashlib.sha256(source).hexdigest()
        request = Request(source, digest, "generate_hard_anomalies", arguments, policy, LIMITS)
        return durable(request)[:2]

    return under_guards


def stopped_by_guards(fault: Fault | None) -> bool:
    if fault is None:
        return False
    return fault.kind == "refused" or (fault.kind == "exception" and bool(GUARDS_WORDS.search(fault.message)))


def claimed(path: Path) -> bool:
    return not any(fnmatch.fnmatch(path.stem, pattern) for pattern in NOT_CLAIMED)


@pytest.mark.bubblewrap
@pytest.mark.parametrize("path", ACCEPT, ids=lambda path: path.stem)
def test_accepted_sample_runs(run: Callable, path: Path) -> None:
    value, fault = run(path.read_bytes())
    assert fault is None
    assert value is not None
    assert value.shape == (10, 3)


@pytest.mark.bubblewrap
@pytest.mark.parametrize("path", REJECT, ids=lambda path: path.stem)
def test_refused_sample_is_stopped_by_a_guard_or_does_nothing_that_guards_forbid(run: Callable, path: Path) -> None:
    _, fault = run(path.read_bytes())
    assert fault is None or fault.kind not in ("killed", "protocol"), fault
    assert stopped_by_guards(fault) or not claimed(path), fault


def test_almost_all_of_what_reaches_out_is_claimed() -> None:
    for group in STRICT:
        samples = [path for path in REJECT if path.stem.startswith(f"{group}-")]
        assert sum(claimed(path) for path in samples) > 0.66 * len(samples), group


def test_no_reason_is_stale() -> None:
    for pattern in NOT_CLAIMED:
        assert fnmatch.filter([path.stem for path in REJECT], pattern), pattern


@pytest.mark.bubblewrap
def test_without_guards_such_a_program_does_reach_out(run: Callable) -> None:
    """Otherwise the tests above would pass without a guard: plain Python gets to where the filter has to act."""
    source = (
        b"def generate_hard_anomalies(n_samples, model, X_train, rng):\n    import os\n    os.kill(os.getpid(), 0)\n"
    )
    assert stopped_by_guards(run(source)[1])
    fault = run(source, None)[1]
    assert fault is not None
    assert not stopped_by_guards(fault)
