from __future__ import annotations

import pytest

from llmdas.contract import load_contract
from llmdas.gate.rules import load_rules
from llmdas.gate.terms import Terms, terms_of
from llmdas.policy import load_policy


@pytest.fixture(scope="package")
def terms() -> Terms:
    return terms_of(load_policy(), load_contract(), load_rules())
