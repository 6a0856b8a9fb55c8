"""Programs on real rows: judged, boxed in, repeatable; a fault is shown to the operator without a number."""

import re

import numpy as np
import pytest

from llmdas.enhance.generate import generate, named, program_seed, redacted
from llmdas_sandbox import Fault
from tests.support import programs

X = np.random.default_rng(5).normal(size=(178, 6))


@pytest.fixture(scope="module")
def detector(rig):
    fitted = rig.entry.make(0)
    fitted.fit(X)
    return fitted


def test_rows_repeat_bit_for_bit_and_move_with_the_seed(rig, accept, detector):
    accepted = accept(programs.GOOD)
    made = [generate(rig, accepted, detector=detector, X_train=X, n_samples=18, seed=seed) for seed in (1, 1, 2)]
    assert made[0].rows.shape == (18, 6)
    assert made[0].digest == made[1].digest != made[2].digest


def test_the_callers_rows_stay_as_they_are(rig, accept, detector):
    before = X.tobytes()
    generate(rig, accept(programs.GOOD), detector=detector, X_train=X, n_samples=5, seed=1)
    assert X.tobytes() == before


def test_a_fault_on_real_rows_is_told_without_values(rig, accept, detector):
    accepted = accept(programs.QUOTES_A_VALUE)
    made = generate(rig, accepted, detector=detector, X_train=X, n_samples=18, seed=1)
    assert len(made.rows) == 0
    assert made.set_aside is not None
    assert re.fullmatch(r"KeyError at line \d+", made.set_aside)
    assert made.said == "#"


@pytest.mark.parametrize("text", ["x -1.5e-07 y", "[ 3  4]", ".5", "12", "1e300", "value=7.", "np.float64(0.25)"])
def test_no_digit_of_a_message_is_left(text):
    assert not any(character.isdigit() for character in redacted(Fault("exception", text, "KeyError")))


def test_a_name_that_the_program_made_up_is_not_repeated():
    assert named(Fault("exception", "", "ROW_ONE_TWO", line=3)) == "an exception at line 3"
    assert named(Fault("exception", "", "LinAlgError", line=3)) == "LinAlgError at line 3"
    assert named(Fault("limit", "too long", limit="wall_s")) == "limit wall_s"


def test_programs_of_one_run_get_different_seeds():
    assert len({program_seed(0, index) for index in range(50)} | {program_seed(1, index) for index in range(50)}) == 100
