"""Every accepted sample runs in the sandbox and keeps the contract: what the gate lets through must also work there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from llmdas.detectors.interface import Detector, Matrix, Vector
from llmdas.execution import Accepted, Rig, execute
from llmdas.gate.inspection import inspect
from llmdas.gate.terms import Terms
from llmdas.program import Program, Verdict
from llmdas_sandbox.limits import Limits
from tests.mutation.corpus import accepted
from tests.mutation.sample import Sample

ROWS = np.random.default_rng(7).normal(size=(40, 3))
N_SAMPLES = 12


class DistanceToMean(Detector):
    """A made-up detector that is quick: distance to the mean of its rows, high = abnormal."""

    name = "distance"

    def fit(self, X: Matrix) -> None:
        self.mean = X.mean(axis=0)

    def predict_score(self, X: Matrix) -> Vector:
        distances: Vector = np.linalg.norm(X - self.mean, axis=1)
        return distances


def test_every_accepted_sample_runs_and_keeps_the_contract(rig: Rig, terms: Terms) -> None:
    detector = DistanceToMean()
    detector.fit(ROWS)

    def trouble(sample: Sample) -> str:
        program = Program(sample.source)
        verdict = Verdict(program.sha256, rig.bundle, rig.contract.digest, inspect(sample.source, terms))
        execution = execute(
            rig,
            Accepted(program, verdict),
            detector=detector,
            X_train=ROWS,
            n_samples=N_SAMPLES,
            seed=3,
            limits=Limits(),
            owner="samples",
        )
        if execution.fault is not None or execution.checked is None:
            return str(execution.fault)
        rows = execution.checked.rows
        if len(rows) < N_SAMPLES or np.abs(rows).max() > 1e3:
            return f"{len(rows)} of {N_SAMPLES} rows are new, the largest value is {np.abs(rows).max():g}"
        return ""

    with ThreadPoolExecutor(2) as threads:  # most of a run is waiting for another process
        outcomes = dict(zip(accepted(), threads.map(trouble, accepted()), strict=True))
    assert {sample.name: outcome for sample, outcome in outcomes.items() if outcome} == {}
