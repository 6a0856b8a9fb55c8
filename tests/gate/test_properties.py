"""Whatever the bytes are: findings or none, never an exception, and what passes also compiles in the guest."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmdas.gate.inspection import inspect
from llmdas.gate.terms import Terms
from llmdas_sandbox.guest.restricted import compile_program

from .conftest import HEAD, TAIL

ACCEPT = Path(__file__).resolve().parents[1] / "programs" / "accept"
SOURCES = [path.read_bytes() for path in sorted(ACCEPT.glob("*.py"))]
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
WORDS = st.sampled_from(
    [
        "x",
        "np",
        "X_train",
        "rng",
        "model",
        ".",
        ",",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "=",
        "+=",
        ":",
        "lambda",
        "for",
        "in",
        "if",
        "else",
        "not",
        "-1",
        "2.0",
        "'a'",
        "f'{x}'",
        ":=",
        "*",
        "**",
        "@",
        "__class__",
        "yield",
        "await",
        "import",
        "from",
        "as",
        "try",
        "except",
        "with",
        "class",
        "def",
        "return",
        "getattr",
        "_",
        "_x",
        "is",
        "and",
        "or",
        "global",
        "del",
        "~",
        ";",
        "\\",
        "#",
    ]
)


def _sound(source: bytes, terms: Terms) -> None:
    findings = inspect(source, terms)
    assert list(findings) == sorted(findings)
    if not any(finding.severity == "error" for finding in findings):
        assert compile_program(source).code is not None
    for finding in findings:
        assert finding.message
        assert finding.remedy
        assert len(finding.excerpt) <= 120
        assert "\n" not in finding.excerpt


@FEW
@given(source=st.binary(max_size=300))
def test_any_bytes(terms: Terms, source: bytes) -> None:
    _sound(source, terms)


@FEW
@given(source=st.text(max_size=200))
def test_any_text(terms: Terms, source: str) -> None:
    _sound(source.encode("utf-8", "surrogatepass"), terms)


@FEW
@given(words=st.lists(WORDS, max_size=12))
def test_any_line_of_python_like_words(terms: Terms, words: list[str]) -> None:
    _sound((HEAD + "    " + " ".join(words) + "\n" + TAIL).encode(), terms)


@FEW
@given(data=st.data())
def test_damaged_programs(terms: Terms, data: st.DataObject) -> None:
    source = data.draw(st.sampled_from(SOURCES))
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, min(len(source), start + 40)))
    _sound(source[:start] + data.draw(st.binary(max_size=8)) + source[end:], terms)
