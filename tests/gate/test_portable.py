"""One source, one verdict: what only some Pythons read is refused on all, and what Python 3.11 reads is not."""

from __future__ import annotations

import ast
import io
import sys
import tokenize
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from llmdas.gate.lexical import Places, Unreadable, scan
from llmdas.program import Finding

from .conftest import HEAD, TAIL

PROGRAMS = Path(__file__).resolve().parents[1] / "programs"
DEPTH = 60
Within = Callable[[str], tuple[Finding, ...]]
on_python_3_11 = pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python 3.11 is the measure")


def parses(source: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


def readable(source: str) -> bool:
    try:
        scan(source, DEPTH)
    except Unreadable:
        return False
    return True


@pytest.mark.parametrize(
    ("code", "column"),
    [
        ('x = f"{"a"}"', 9),
        ("x = f'{d['a']}'", 9),
        ('x = f"""{f"""{n_samples}"""}"""', 9),
        (r"""x = f"{'\n'.join(n_samples)}" """, 9),
        ('x = f"{n_samples # comment\n}"', 9),
        ('x = f"""{n_samples # comment\n}"""', 9),
        ('x = f"{n_samples\n}"', 9),
        ('x = f"{n_samples:{n_samples:{n_samples}}}"', 9),
        ('x = f"{}"', 9),
        ('x = f"{n_samples!q}"', 9),
        ('x = f"}"', 9),
        ('x = 1 + t"{n_samples}"', 13),
        ("x = tr'a'", 9),
        ("x = ur'a'", 9),
        ("type X = int", 5),
        ("if n_samples: type X[T] = int", 19),
        ("type \\\n X = int", 5),
        ("def g[T](a: T) -> T:\n    return a", 5),
        ("class A[T]: pass", 5),
        ("try:\n    pass\nexcept ValueError, TypeError:\n    pass", None),
        ("x: (y := 3) = 4", 9),
        ("def g(a: (yield)): return a", 15),
    ],
)
def test_what_only_some_pythons_read_is_refused(within: Within, code: str, column: int | None) -> None:
    (finding,) = within(code)
    assert finding.rule == "DAS010"
    assert (finding.line, finding.column) == ((5, column) if column else (7, 5))


@pytest.mark.parametrize(
    "code",
    [
        "x = f\"{'a'}\" f'{n_samples}'",
        'x = f"{n_samples:>{n_samples}}" rf"\\d{n_samples}"',
        'x = f"{{}}{n_samples != 1}{n_samples=}{n_samples!r:>10}"',
        'x = f"""{\n    n_samples\n}"""',
        'x = f"\\N{DIGIT ONE}{n_samples}\\{n_samples}"',
        "x = f\"{(lambda a: {'b': a}['b'])(1)}\"",
        "type = 3\nx = type",
        "x = [type for type in (1, 2)]",
        "try:\n    x = 1\nexcept (ValueError, TypeError):\n    x = 2",
        "try:\n    x = 1\nexcept ValueError as error:\n    x = {1: 2, 3: error}",
        "x = 'def f[T](): type X = 1 except A, B: t\"\"'  # def f[T]()",
    ],
)
def test_what_every_python_reads_passes(within: Within, code: str) -> None:
    assert {finding.rule for finding in within(code)} <= {"DAS211", "DAS203"}, "at most the name `type` is at fault"


def test_blocks_that_crash_some_compilers_are_never_compiled(within: Within) -> None:
    (finding,) = within("x = " + "[" * 25 + "1" + "\n for a in range(2)]" * 25)
    assert finding.rule == "DAS012"
    assert within("x = " + "[" * 10 + "1" + "\n for a in range(2)]" * 10) == ()


def test_depth_is_judged_before_the_parser(within: Within) -> None:
    (finding,) = within("x = " + "(" * 150 + "1" + ")" * 150)
    assert (finding.line, finding.column, finding.rule) == (5, 9 + 60, "DAS012")


@pytest.mark.parametrize("bracket", ["x = (1, 2", "x = [1, 2)", "x = 1)"])
def test_a_bracket_without_its_partner_is_named(within: Within, bracket: str) -> None:
    (finding,) = within(bracket)
    assert finding.rule == "DAS010"
    assert "`" in finding.message


@pytest.mark.parametrize("path", sorted(PROGRAMS.rglob("*.py")), ids=lambda path: path.stem)
def test_comments_are_those_of_the_tokenizer(path: Path) -> None:
    try:
        text = path.read_bytes().decode("utf-8")
        found = scan(text, DEPTH)
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (UnicodeDecodeError, Unreadable, tokenize.TokenError, SyntaxError):
        return  # refused for what it is
    if not parses(text) or "\r" in text.replace("\r\n", "\n"):
        return
    places = Places(text)
    comments = [(*places.at(offset), comment) for offset, comment in found.comments]
    assert comments == [
        (token.start[0], token.start[1] + 1, token.string.rstrip("\r"))
        for token in tokens
        if token.type == tokenize.COMMENT
    ]


def _pieces(*pieces: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(pieces), max_size=20).map("".join)


_FSTRING = _pieces(*"{}'\"ab!r:=<>()[] \n\\#.,", "{{", "}}", "{a}", "!r", "N{DASH}", "'a'")


@on_python_3_11
@given(body=_FSTRING, prefix=st.sampled_from(["f", "rf", "F", "fR"]), quote=st.sampled_from(["'", '"', '"""', "'''"]))
@example(body="{a!=b}{a==b=}", prefix="f", quote="'")
@example(body="{a:{b}{c!r}}}}{{", prefix="f", quote="'")
def test_no_fstring_that_python_3_11_reads_is_refused(body: str, prefix: str, quote: str) -> None:
    source = f"x = {prefix}{quote}{body}{quote}\n"
    assert readable(source) or not parses(source)


_CODE = _pieces(*"ab1 \n'\"#()[]{}\\:,=", '"""', "f'", 'rb"', "# c\n", "{a}")


@on_python_3_11
@given(_CODE)
def test_no_source_that_python_3_11_reads_is_refused(source: str) -> None:
    assert readable(source) or not parses(source)


@given(st.text(max_size=200) | _CODE | _FSTRING)
def test_blanked_code_keeps_every_place(text: str) -> None:
    try:
        found = scan(text, DEPTH)
    except Unreadable:
        return
    assert len(found.code) == len(text)
    assert [i for i, c in enumerate(found.code) if c in "\r\n"] == [i for i, c in enumerate(text) if c in "\r\n"]
    assert all(text[offset:].startswith(comment) for offset, comment in found.comments)


def test_the_same_places_are_found_before_and_behind_an_fstring(within: Within) -> None:
    findings = within("x = f'''{\n  évil }''' + evil  # noqa")
    assert [(f.line, f.column, f.rule) for f in findings] == [
        (6, 7, "DAS006"),
        (6, 19, "DAS204"),
        (6, 25, "DAS009"),
    ]


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("x = [\n    1,\n    2 3,\n]", 5),
        ("x = 1\ny = 1 + \\\n    2 3", 6),
        ("x = '''a\n''' 3", 5),
        ("x = f(1,\n      f'''{n_samples}\n{1 2}''')", 5),
        ("x = [\n    1]\ny = 2 3", 7),
    ],
)
def test_what_does_not_parse_is_placed_where_its_statement_begins(within: Within, code: str, line: int) -> None:
    (finding,) = within(code)
    assert (finding.rule, finding.line, finding.column) == ("DAS010", line, 5)


def test_a_whole_source_of_every_kind_is_followed() -> None:
    text = HEAD + "    x = rb'\\'' + b\"#\" + '''(\n[\"''' \"}\" # )\n" + TAIL
    found = scan(text, DEPTH)
    assert [comment for _, comment in found.comments] == ["# )"]
    assert "[" not in found.code.split("\n")[5][:2]
