"""The trial: made-up tables only, the same ones every time, and every failure told with its table."""

from dataclasses import replace

import numpy as np
import pytest

from llmdas.detectors.interface import Detector
from llmdas.errors import NotJudged
from llmdas.trial import run_trial, toy_tables
from tests.support import programs


def test_toy_tables_are_the_same_every_time():
    first, second = toy_tables(), toy_tables()
    assert [table.name for table in first] == [table.name for table in second]
    assert all(a.rows.tobytes() == b.rows.tobytes() for a, b in zip(first, second, strict=True))


def test_toy_tables_cover_what_real_tables_bring():
    shapes = [table.rows.shape for table in toy_tables()]
    assert any(d > n for n, d in shapes)
    assert any(d == 1 for _, d in shapes)
    assert any(n == 8 for n, _ in shapes)
    assert any((table.rows.std(axis=0) == 0).any() for table in toy_tables())
    assert any(len(np.unique(table.rows, axis=0)) < len(table.rows) for table in toy_tables())
    assert any(table.n_samples > len(table.rows) for table in toy_tables())
    assert all(np.isfinite(table.rows).all() for table in toy_tables())


def test_a_program_judged_by_another_policy_does_not_run(rig, accept):
    accepted = accept(programs.GOOD)
    other = replace(accepted, verdict=replace(accepted.verdict, policy="another"))
    with pytest.raises(NotJudged, match="another contract, policy or rule set"):
        run_trial(rig, other)


def test_a_good_program_is_accepted_with_figures(rig, accept):
    trial = run_trial(rig, accept(programs.GOOD))
    assert trial.accepted
    assert trial.faults == ()
    assert all(entry.hard is not None and 0 <= entry.hard <= 1 for entry in trial.tables)


def test_a_fault_names_table_line_and_message_once(rig, accept):
    trial = run_trial(rig, accept(programs.RAISES))
    assert not trial.accepted
    ((table, fault),) = trial.faults
    assert table.startswith("more columns than rows (30 rows, 60 columns")
    assert (fault.exception, fault.message) == ("ValueError", "too wide")
    assert programs.RAISES.splitlines()[fault.line - 1].strip().startswith("raise ValueError")


def test_the_same_failure_on_every_table_is_told_once(rig, accept):
    trial = run_trial(rig, accept(programs.WRONG_SHAPE))
    assert sum(entry.fault is not None for entry in trial.tables) > 5
    assert len(trial.faults) == 1


def test_a_program_that_does_not_repeat_itself_is_a_fault(rig, accept):
    """Scores that the host gives differ from call to call here, so the rows do: only the second run can notice."""
    source = programs.GOOD.replace("return rows", "return rows + 1e-3 * model.predict_score(rows)[:, None]")
    trial = run_trial(replace(rig, entry=replace(rig.entry, factory=Drifting)), accept(source))
    assert [fault.message for _, fault in trial.faults if "second time" in fault.message]


def test_a_program_that_does_not_repeat_itself_on_one_width_only_is_a_fault(rig, accept):
    drift = "if d == 1:\n        rows = rows + 1e-3 * model.predict_score(rows)[:, None]\n    return rows\n"
    accepted = accept(programs.GOOD.replace("return rows\n", drift))
    trial = run_trial(replace(rig, entry=replace(rig.entry, factory=Drifting)), accepted)
    ((table, fault),) = trial.faults
    assert table.startswith("one column")
    assert "second time" in fault.message


class Drifting(Detector):
    name = "drifting"

    def __init__(self, seed: int) -> None:
        self.calls = 0

    def fit(self, X):
        pass

    def predict_score(self, X):
        self.calls += 1
        return np.full(len(X), float(self.calls))
