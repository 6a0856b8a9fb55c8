"""Whatever the source: findings or none, never an exception or a hang, and nothing harmful passes.

The default run takes a few seconds and is the same every time. ``LLMDAS_FUZZ_SECONDS=600`` lets each test explore anew
for so many seconds; what it finds belongs into ``tests/programs`` or into a test of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from llmdas.contract import load_contract
from llmdas.gate.rules import load_rules
from llmdas.gate.terms import Terms, terms_of
from llmdas.policy import load_policy

from . import grammar
from .properties import accepts, sound, steady

ROOT = Path(__file__).resolve().parents[2]
SECONDS = float(os.environ.get("LLMDAS_FUZZ_SECONDS", "0") or 0)
DAMAGED = grammar.damaged(grammar.sample_sources("accept"), grammar.sample_sources("reject"))
DAMAGED_PAPER = grammar.damaged(grammar.sample_sources("paper"), grammar.sample_sources("accept"))
PHASES = (Phase.explicit, Phase.generate)  # a source that fails is short enough; making it shorter takes minutes


def explore(strategy: st.SearchStrategy[bytes], check: Callable[[bytes], object], examples: int) -> None:
    """Try `examples` sources, always the same; or, when asked for by the environment, new ones for so many seconds."""

    def body(source: bytes) -> None:
        check(source)

    end, round_ = time.monotonic() + SECONDS, 0
    while round_ == 0 or time.monotonic() < end:
        wanted = settings(
            max_examples=500 if SECONDS else examples,
            deadline=None,  # CPU time is bounded in `properties.bounded`, whatever the machine
            database=None,
            phases=PHASES,
            suppress_health_check=list(HealthCheck),
        )
        seed(time.time_ns() if SECONDS else 0)(wanted(given(strategy)(body)))()
        round_ += 1


pytestmark = pytest.mark.timeout(300 + 2 * SECONDS)


def test_programs_from_a_grammar(terms: Terms) -> None:
    explore(grammar.programs(), lambda source: sound(source, terms), 300)


def test_one_step_off_the_path(terms: Terms) -> None:
    verdicts = [accepts(sound(source, terms)) for source in grammar.sly_programs()]
    assert len(verdicts) > 500
    assert 0 < sum(verdicts) < len(verdicts) / 4  # some names are harmless where they stand; most are not


def test_damaged_samples(terms: Terms) -> None:
    explore(DAMAGED, lambda source: sound(source, terms), 150)


def test_damaged_samples_are_judged_alike_twice_and_further_down(terms: Terms) -> None:
    explore(DAMAGED, lambda source: steady(source, terms), 40)


def test_programs_from_a_grammar_are_judged_alike_twice_and_further_down(terms: Terms) -> None:
    explore(grammar.programs(), lambda source: steady(source, terms), 25)


@pytest.mark.parametrize("profile", ["numpy-scipy", "torch"])
def test_damaged_samples_under_other_profiles(profile: str) -> None:
    terms = terms_of(load_policy(profile), load_contract(), load_rules())
    explore(DAMAGED, lambda source: sound(source, terms), 40)


def test_damaged_samples_under_the_contract_of_the_paper() -> None:
    terms = terms_of(load_policy(), load_contract("das/paper"), load_rules())
    explore(DAMAGED_PAPER, lambda source: sound(source, terms), 80)


# All findings on every sample and on some written programs, as one digest; run with other orders of sets and dicts.
_DIGEST = """
import hashlib, random
from llmdas.contract import load_contract
from llmdas.gate.inspection import inspect
from llmdas.gate.rules import load_rules
from llmdas.gate.terms import terms_of
from llmdas.policy import load_policy
from tests.fuzz import grammar
terms, choose = terms_of(load_policy(), load_contract(), load_rules()), random.Random(0).choice
types = b"import numpy as np\\nA = np.ndarray\\nB = np.random.Generator\\nC = A | B\\nD = C | B\\nE = [D, C]\\n"
sources = [types, *grammar.sample_sources("reject"), *(grammar.program(choose) for _ in range(150))]
print(hashlib.sha256(repr([inspect(source, terms) for source in sources]).encode("utf-8", "replace")).hexdigest())
"""


def test_findings_do_not_depend_on_the_order_of_sets() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", _DIGEST],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed_},
            capture_output=True,
            check=True,
        ).stdout
        for seed_ in ("1", "2")
    }
    assert len(digests) == 1
    assert len(digests.pop()) == 65
