from __future__ import annotations

from collections.abc import Callable

import pytest

from llmdas.contract import Contract, load_contract
from llmdas.gate.inspection import inspect
from llmdas.gate.rules import load_rules
from llmdas.gate.terms import Terms, terms_of
from llmdas.policy import Policy, load_policy
from llmdas.program import Finding

HEAD = "import numpy as np\n\n\ndef generate_hard_anomalies(n_samples, model, X_train, rng):\n"
TAIL = "    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0\n"


@pytest.fixture(scope="session")
def policy() -> Policy:
    return load_policy()


@pytest.fixture(scope="session")
def contract() -> Contract:
    return load_contract()


@pytest.fixture(scope="session")
def terms(policy: Policy, contract: Contract) -> Terms:
    return terms_of(policy, contract, load_rules())


@pytest.fixture(scope="session")
def look(terms: Terms) -> Callable[[str | bytes], tuple[Finding, ...]]:
    """Inspect a whole source."""

    def run(source: str | bytes) -> tuple[Finding, ...]:
        return inspect(source if isinstance(source, bytes) else source.encode(), terms)

    return run


@pytest.fixture(scope="session")
def within(look: Callable[[str | bytes], tuple[Finding, ...]]) -> Callable[[str], tuple[Finding, ...]]:
    """Inspect lines put into an otherwise faultless function; their first line is line 5."""

    def run(lines: str) -> tuple[Finding, ...]:
        return look(HEAD + "".join(f"    {line}\n" for line in lines.split("\n")) + TAIL)

    return run


def rules(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.rule for finding in findings}
