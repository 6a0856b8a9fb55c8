"""Every rule that can be emitted is explained in one place."""

from __future__ import annotations

import re
from pathlib import Path

from llmdas.gate.catalogue import CATALOGUE, catalogue

GATE = Path(__file__).resolve().parents[2] / "llmdas" / "gate"
WAIVERS = GATE.with_name("review") / "waivers.py"  # the one place outside the gate that emits findings


def test_every_rule_in_the_code_is_in_the_catalogue() -> None:
    used = set()
    for path in (*GATE.glob("*.py"), WAIVERS):
        if path.name != "catalogue.py":
            used |= set(re.findall(r'"(DAS\d{3})"', path.read_text(encoding="utf-8")))
    assert used <= set(catalogue())
    assert set(CATALOGUE) - used == set(), "a rule that nothing emits"


def test_rules_are_explained_in_whole_sentences() -> None:
    for rule, entry in catalogue().items():
        assert re.fullmatch(r"DAS[0-59]\d\d", rule)
        assert entry.title
        assert not entry.title.endswith(".")
        assert entry.why, rule
        assert entry.remedy.endswith("."), rule


def test_rules_come_in_order() -> None:
    assert list(catalogue()) == sorted(catalogue())
