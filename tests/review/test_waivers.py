"""Waivers: one rule, one program, a reason, an owner and an end; nothing else is waived, and nothing stays unseen."""

from __future__ import annotations

import contextlib
import datetime
import itertools

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from llmdas.errors import ConfigError
from llmdas.program import Finding
from llmdas.review.outcome import Placed
from llmdas.review.waivers import Waivers, read_waivers

PROGRAM, OTHER = "a" * 64, "b" * 64
TODAY = datetime.date(2026, 11, 24)
ENTRY = {
    "rule": "DAS203",
    "program": PROGRAM,
    "reason": "published with the paper, run in the sandbox only",
    "owner": "r.viewer",
    "expires": "2026-11-24",
}


def file_of(tmp_path, *entries: dict[str, str]) -> Waivers:
    path = tmp_path / "waivers.yaml"
    path.write_text(yaml.safe_dump(list(entries), sort_keys=False))
    return read_waivers(path)


def placed(rule: str = "DAS203", program: str = PROGRAM) -> Placed:
    return Placed("a.py", program, Finding(3, 1, rule, "what is wrong", "x = 1", "mend it"), "1" * 32)


def applied(
    waivers: Waivers, *found: Placed, whole: bool = True, today: datetime.date = TODAY
) -> list[tuple[str, str]]:
    programs = frozenset(one.program for one in found)
    return [(one.finding.rule, one.state) for one in waivers.apply(tuple(found), programs, today=today, whole=whole)]


def test_a_waived_finding_stays_with_its_justification(tmp_path):
    (one,) = file_of(tmp_path, ENTRY).apply((placed(),), frozenset({PROGRAM}), today=TODAY, whole=True)
    assert one.state == "waived"
    assert not one.counts
    assert one.justification == "published with the paper, run in the sandbox only (r.viewer, until 2026-11-24)"


def test_a_waiver_is_for_one_rule_in_one_program(tmp_path):
    waivers = file_of(tmp_path, ENTRY)
    assert applied(waivers, placed(), placed("DAS205"), placed(program=OTHER)) == [
        ("DAS203", "waived"),
        ("DAS205", "new"),
        ("DAS203", "new"),
    ]


def test_the_last_day_counts_and_the_next_is_a_finding(tmp_path):
    waivers = file_of(tmp_path, ENTRY)
    assert applied(waivers, placed(), today=datetime.date(2026, 11, 24)) == [("DAS203", "waived")]
    assert applied(waivers, placed(), today=datetime.date(2026, 11, 25)) == [("DAS203", "new"), ("DAS020", "new")]
    *_, expired = waivers.apply((), frozenset(), today=datetime.date(2027, 1, 1), whole=False)
    assert expired.counts
    assert expired.path.endswith("waivers.yaml")
    assert (expired.finding.line, expired.finding.excerpt) == (1, "- rule: DAS203")
    assert expired.finding.message == "the waiver of DAS203 held until 2026-11-24"


def test_a_waiver_that_waives_nothing_is_a_warning_on_its_line(tmp_path):
    waivers = file_of(tmp_path, ENTRY, {**ENTRY, "rule": "DAS205"}, {**ENTRY, "program": OTHER})
    assert applied(waivers, placed()) == [("DAS203", "waived"), ("DAS021", "new"), ("DAS021", "new")]
    *_, rule, program = waivers.apply((placed(),), frozenset({PROGRAM}), today=TODAY, whole=True)
    assert rule.finding.message == f"the program {PROGRAM[:12]} has no finding DAS205"
    assert program.finding.message == f"no program {OTHER[:12]} was found"
    assert (rule.finding.line, program.finding.line) == (6, 11)
    assert rule.finding.severity == "warning"
    assert rule.fingerprint != program.fingerprint


def test_a_list_of_files_says_nothing_of_programs_that_are_not_in_it(tmp_path):
    """pre-commit names the changed files only."""
    waivers = file_of(tmp_path, {**ENTRY, "program": OTHER}, {**ENTRY, "rule": "DAS205"})
    assert applied(waivers, placed(), whole=False) == [("DAS203", "new"), ("DAS021", "new")]


@pytest.mark.parametrize("rule", ["DAS001", "DAS002", "DAS010", "DAS014", "DAS020", "DAS901"])
def test_what_stands_cannot_be_waived(tmp_path, rule):
    with pytest.raises(ConfigError, match=f"on line 1 .* is for {rule}, which nobody can waive"):
        file_of(tmp_path, {**ENTRY, "rule": rule})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"rule": "DAS777"},
            r"on line 1 of .*waivers.yaml' is for 'DAS777', but there is no such rule. `llmdas rules`",
        ),
        ({"rule": "DAS2"}, "rule: not a rule such as DAS203"),
        ({"program": "a" * 12}, "program: not the 64 hex digits of sha256sum"),
        ({"program": "A" * 64}, "program: "),
        ({"reason": "because"}, "reason: not a text of 15 to 1000"),
        ({"reason": " " * 40}, "reason: "),
        ({"owner": ""}, "owner: not a text of 2 to 200"),
        ({"expires": "never"}, "expires: .*such as 2027-01-31"),
        ({"expires": "2026-02-30"}, "expires: "),
        ({"expires": "1796169600"}, "expires: "),
        ({"expires": "2026-W48-2"}, "expires: "),
        ({"until": "2027-01-01"}, "unknown key 'until'"),
    ],
)
def test_a_field_that_is_wrong_is_named(tmp_path, change, said):
    with pytest.raises(ConfigError, match=said):
        file_of(tmp_path, {**ENTRY, **change})


@pytest.mark.parametrize("field", ENTRY)
def test_a_field_that_is_missing_is_named(tmp_path, field):
    with pytest.raises(ConfigError, match=f"the key '{field}' is missing"):
        file_of(tmp_path, {name: value for name, value in ENTRY.items() if name != field})


def test_a_rule_may_be_in_lower_case(tmp_path):
    assert applied(file_of(tmp_path, {**ENTRY, "rule": "das203"}), placed()) == [("DAS203", "waived")]


def test_two_waivers_for_the_same_finding_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"lines 1 and 6 .* same rule and program"):
        file_of(tmp_path, ENTRY, {**ENTRY, "expires": "2030-01-01"})


def test_a_digest_of_digits_alone_is_a_digest(tmp_path):
    waivers = file_of(tmp_path, {**ENTRY, "program": "1" * 64})
    assert applied(waivers, placed(program="1" * 64)) == [("DAS203", "waived")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("waivers: []", "not a list of waivers"),
        ("just text", "not a list of waivers"),
        ("- just text", "on line 1"),
        ("- [", "not YAML"),
        ("- a\n--- \n- b", "not YAML"),
        ("- \x07", "not YAML"),
        ("- *nothing", "not YAML: line 1"),
        ("- &a [*a]", "not YAML"),
        ("[" * 5000, "not YAML"),
        ("- rule: DAS203\n  rule: DAS205", "given twice"),
        ("- {[a]: b}", "given twice or is no text"),
        ("- !!python/object/apply:os.system [echo]", "on line 1"),
        ("- !!int ''", "on line 1"),
        ("- <<: {}", "on line 1"),
    ],
)
def test_a_file_that_is_not_a_waiver_file_is_one_sentence(tmp_path, text, said):
    path = tmp_path / "waivers.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said):
        read_waivers(path)


def test_references_that_multiply_cost_nothing(tmp_path):
    path = tmp_path / "waivers.yaml"
    path.write_text(
        "- &a [x]\n" + "".join(f"- &{b} [{', '.join(['*' + a] * 9)}]\n" for a, b in itertools.pairwise("abcdefghi"))
    )
    with pytest.raises(ConfigError, match="on line 1"):
        read_waivers(path)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "[]", "---\n"])
def test_an_empty_file_waives_nothing(tmp_path, text):
    path = tmp_path / "waivers.yaml"
    path.write_text(text)
    assert read_waivers(path).entries == ()


def test_line_breaks_that_only_yaml_knows_are_survived(tmp_path):
    path = tmp_path / "waivers.yaml"
    path.write_bytes("# \x85 \u2028 \r \r\n".encode() + yaml.safe_dump([ENTRY], sort_keys=False).encode())
    (entry,) = read_waivers(path).entries
    assert entry.excerpt == "- " + yaml.safe_dump([ENTRY], sort_keys=False).splitlines()[0][2:]


fields = st.fixed_dictionaries(
    {},
    optional={
        name: st.just(value) | st.text(max_size=8) | st.none() | st.integers() | st.lists(st.just("x"), max_size=2)
        for name, value in {**ENTRY, "more": "x"}.items()
    },
)


@given(st.lists(fields, max_size=3))
def test_no_yaml_value_is_more_than_a_sentence(tmp_path_factory, value):
    _tried(tmp_path_factory, yaml.safe_dump(value, allow_unicode=True).encode())


@given(st.binary(max_size=60) | st.text(alphabet="-:[]{}&*!|>#%@ab 1\n\t\"'?,<", max_size=60).map(str.encode))
def test_no_bytes_are_more_than_a_sentence(tmp_path_factory, raw):
    _tried(tmp_path_factory, raw)


def _tried(tmp_path_factory, raw: bytes) -> None:
    path = tmp_path_factory.mktemp("waivers") / "waivers.yaml"
    path.write_bytes(raw)
    with contextlib.suppress(ConfigError):
        assert isinstance(read_waivers(path), Waivers)
