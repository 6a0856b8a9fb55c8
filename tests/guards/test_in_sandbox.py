"""The guards alone, with the gate switched off: programs run in a real sandbox, where the guards must stop them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from llmdas.policy import load_policy
from llmdas_sandbox import Generator, Limits, Proxy, Request, Result, Rows, Sandbox, Scalar

PROGRAMS = Path(__file__).resolve().parents[1] / "programs"
ACCEPT = sorted((PROGRAMS / "accept").glob("*.py"))
REACHING = [
    path
    for group in ("attribute", "builtin", "import", "numpy", "syntax", "compile", "value")
    for path in sorted((PROGRAMS / "reject").glob(f"{group}-*.py"))
]
# Refused by the gate for reviewers' sake or for what the run would cost; harmless once it runs under the guards.
HARMLESS_AT_RUN_TIME = {
    "attribute-getattr-mapped": "exception",  # the guarded getattr is what is mapped
    "value-ndarray-getattr": "",  # only a stand-in is read, and not called
    "value-ndarray-imported": "",
    "value-generator-class": "",
    "syntax-global": "",  # only the program's own names can be spelt
    "syntax-yield": "",  # the frame is out of reach
    "syntax-decorator": "exception",  # abs of a function
    "syntax-decorator-inner": "",  # a partial of a function of the program
    "syntax-yield-lambda": "",
    "attribute-getattr-starred": "",  # the guard gives the default
    "builtin-parameter-shadows": "",  # guards are reached by other names
    "import-shadows-a-builtin": "",
    "numpy-errstate-call": "",  # only what the program has can be called back
    "value-default-rng-imported": "",  # the seed repeats
}
X = np.random.default_rng(0).normal(size=(40, 3))


def _run(box: Sandbox, source: bytes) -> Result:
    guest = load_policy().as_guest()
    arguments = {
        "n_samples": Scalar(10),
        "model": Proxy({"predict_score": lambda rows: np.abs(rows).sum(axis=1)}),
        "X_train": Rows(X),
        "rng": Generator(1),
    }
    policy = replace(guest, attributes=(*guest.attributes, "predict_score"))
    digest = hashlib.sha256(source).hexdigest()
    limits = Limits(wall_s=10.0)
    return box.run(Request(source, digest, "generate_hard_anomalies", arguments, policy, limits))


@pytest.mark.bubblewrap
@pytest.mark.parametrize("path", ACCEPT, ids=lambda path: path.stem)
def test_accepted_sample_runs(box: Sandbox, path: Path) -> None:
    result = _run(box, path.read_bytes())
    assert result.fault is None
    assert result.value is not None
    assert result.value.shape == (10, 3)


@pytest.mark.bubblewrap
@pytest.mark.parametrize("path", REACHING, ids=lambda path: path.stem)
def test_refused_sample_is_stopped_without_the_gate(box: Sandbox, path: Path) -> None:
    fault = _run(box, path.read_bytes()).fault
    kind = HARMLESS_AT_RUN_TIME.get(path.stem)
    if kind is None:
        assert fault is not None
        assert fault.kind in ("refused", "exception")
    else:
        assert (fault.kind if fault else "") == kind
