"""What a rule needs: never more than each of its matches has, so leaving a search out never loses a finding."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ast_grep_py import SgRoot
from hypothesis import given
from hypothesis import strategies as st

from llmdas.gate.needed import needed
from llmdas.gate.patterns import _ASCII, _expression_in_ascii, check_patterns
from llmdas.gate.report import Report
from llmdas.gate.rules import PatternRule, load_rules
from llmdas.resources import resource

RULES = load_rules()
PROGRAMS = Path(__file__).resolve().parents[1] / "programs"
TEXTS = [path.read_bytes().decode(errors="replace") for path in sorted(PROGRAMS.glob("*/*.py"))]


def _samples(rule: PatternRule) -> list[str]:
    path = resource("policies/rule-tests") / f"{rule.id}-test.yml"
    samples: list[str] = yaml.safe_load(path.read_text(encoding="utf-8"))["invalid"]
    return samples


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_with_and_without_the_shortcuts_the_matches_are_the_same(rule: PatternRule) -> None:
    pattern = rule.as_pattern()
    for text in (*TEXTS[::4], *_samples(rule), *(f"# \u00e9\n{sample}" for sample in _samples(rule))):
        report = Report(text)
        check_patterns(text, (pattern,), report)
        expected = Report(text)
        for match in SgRoot(text, "python").root().find_all(pattern["config"]):
            start = match.range().start
            expected.add(
                pattern["id"],
                pattern["message"],
                line=start.line + 1,
                column=start.column + 1,
                remedy=pattern["remedy"],
                severity=pattern["severity"],
            )
        assert report.findings() == expected.findings()


@pytest.mark.parametrize(
    "expression",
    [
        *_ASCII,
        "[^a1_ ]",
        r"[^\w]",
        r"[\w.]",
        r"[\]^-]",
        "[^^]",
        "(?s).",
        "(?i)a",
        "[a[^b]]",
        r"\.",
        "[.]",
        "(?:a|.)",
        "[]a]",
    ],
)
def test_expressions_for_ascii_text_match_the_same_there(expression: str) -> None:
    changed = _expression_in_ascii(expression)
    for code in range(128):
        for text in (f'"{chr(code)}"', f'"""{chr(code)}"""', f'"\\{chr(code)}"'):
            root = SgRoot(text, "python").root()
            found = [
                [match.text() for match in root.find_all({"rule": {"kind": kind, "regex": f"^{form}$"}})]
                for form in (expression, changed)
                for kind in ("string_content", "escape_sequence")
            ]
            assert found[:2] == found[2:]


def test_expressions_that_are_not_simple_stay_as_they_are() -> None:
    for expression in ("(?s).", "(?i)a.", "[a[^b]].", "[]a].", r"a\b", "abc"):
        assert _expression_in_ascii(expression) == expression
    assert _expression_in_ascii("a.[^b]") != "a.[^b]"


def test_most_rules_are_not_searched_for_in_a_plain_program() -> None:
    text = "def f(x):\n    y = x + 1\n    return y\n"
    assert sum(needed(rule.as_pattern()["config"])(text) for rule in RULES) <= 3


@pytest.mark.parametrize(
    ("rule", "lacking", "having"),
    [
        ({"kind": "while_statement"}, "x = 1", "while x: pass"),
        ({"regex": "^np\\.load$"}, "np.save", "np.load"),
        ({"regex": "^(abc|def)(ghi)?$"}, "ab de", "a def"),
        ({"regex": "^[0-9.]+[eE]([89]|[1-9][0-9]+)$"}, "1e7 1e-9", "1e8"),
        ({"regex": "^[0-9]{5,}$"}, "1234", "12345"),
        ({"pattern": "print($$$)"}, "x", "print(1)"),
        ({"pattern": "np.$F($X, key)"}, "np.f(x)", "np.f(x, key)"),
        ({"has": {"field": "left", "stopBy": "end", "regex": "^abc$"}}, "ab", "abc"),
        ({"all": [{"regex": "aa"}, {"inside": {"kind": "for_statement"}}]}, "aa", "for aa"),
        ({"any": [{"regex": "aa"}, {"regex": "bb"}]}, "ab", "bb"),
        ({"matches": "other"}, "zz", "yy"),
    ],
)
def test_what_is_needed(rule: dict[str, Any], lacking: str, having: str) -> None:
    condition = needed({"rule": rule, "utils": {"other": {"regex": "yy"}}})
    assert not condition(lacking)
    assert condition(having)


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "call"},
        {"not": {"regex": "abc"}},
        {"nthChild": 2},
        {"regex": "(?i)abc"},
        {"regex": "[[:alpha:]]bc"},
        {"regex": "(abc)?"},
        {"regex": "abc|"},
        {"regex": "\\p{L}abc"},
        {"regex": "[a&&b]abc"},
        {"regex": "(abc"},
        {"pattern": {"context": "x = abc", "selector": "identifier"}},
        {"pattern": "'abc'"},
        {"pattern": "$abc"},
        {"matches": "unknown"},
        {"matches": "itself"},
        {"any": [{"regex": "abc"}, {"kind": "call"}]},
        {"abc": "a key of a later ast-grep"},
    ],
)
def test_what_is_not_understood_needs_nothing(rule: dict[str, Any]) -> None:
    assert needed({"rule": rule, "utils": {"itself": {"matches": "itself"}}})("")


def test_numbers_beside_letters_beyond_ascii_are_always_possible() -> None:
    assert needed({"rule": {"regex": "^[0-9]{5,}$"}})("\u00e9")


PARTS = st.sampled_from([*"abcX19_.(", r"\.", r"\(", r"\[", r"\w", r"\s", r"[0-9]", r"[1-9][0-9_]*", "x?", "(?:y|zz)+"])
SEQUENCES = st.lists(st.one_of(PARTS, st.just("b"), st.just("1")), min_size=1, max_size=6).map("".join)


@given(
    branches=st.lists(SEQUENCES, min_size=1, max_size=3),
    around=st.tuples(st.text("ab19(\n\u00e9", max_size=4), st.text("ab19)\n", max_size=4)),
    data=st.data(),
)
def test_a_text_that_contains_a_match_fulfils_the_condition(
    branches: list[str], around: tuple[str, str], data: st.DataObject
) -> None:
    pattern = f"^({'|'.join(branches)})$"
    try:
        compiled = re.compile(pattern, re.ASCII)
    except re.error:
        assert needed({"rule": {"regex": pattern}})("")
        return
    node = data.draw(st.from_regex(compiled, fullmatch=True))
    before, after = around
    assert needed({"rule": {"regex": pattern}})(before + node + after)
