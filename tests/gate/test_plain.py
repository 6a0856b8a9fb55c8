"""What is plain compiles: the restricted compiler has nothing to say about it, so leaving it out loses no finding."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmdas.gate.plain import is_plain
from llmdas.gate.portable import check_portable
from llmdas.gate.report import Report
from llmdas.gate.tree import Tree
from llmdas_sandbox.guest.restricted import compile_program
from tests.mutation.corpus import accepted, everything

from .conftest import HEAD, TAIL


def plain(text: str) -> bool:
    return is_plain(Tree(ast.parse(text)))


def body(*lines: str) -> str:
    return HEAD + "".join(f"    {line}\n" for line in lines) + TAIL


def test_the_compiler_accepts_every_sample_that_is_plain() -> None:
    judged = 0
    for sample in everything():
        try:
            text = sample.source.decode()
            tree = Tree(ast.parse(text))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        if len(tree.levels) <= 60 and check_portable(tree, Report(text)) and is_plain(tree):
            judged += 1
            assert compile_program(sample.source).errors == (), sample.name
    assert judged > 200


def test_most_accepted_samples_are_plain() -> None:
    found = [plain(sample.source.decode()) for sample in accepted()]
    assert sum(found) > 0.8 * len(found)


@pytest.mark.parametrize(
    "text",
    [
        body("x = y._private"),
        body("x = y.__class__"),
        body("x = y.gi_frame"),
        body("x = y.a__roles__"),
        body("x.a = 1"),
        body("x.a += 1"),
        body("del x.a"),
        body("__x = 1"),
        body("_x_ = 1"),
        body("x = lambda _print_: 1"),
        body("x__roles__ = 1"),
        body("printed = 1"),
        body("print = 1"),
        body("eval('1')"),
        body("x = b'1'"),
        body("x = [1 async for y in z]"),
        body("f(a=1, a=2)"),
        body("x = lambda a, a: 1"),
        body("x = lambda a, *, b, **a: 1"),
        body("*a, *b = c"),
        body("[*a, *b] = c"),
        body("x = *a"),
        body("*a"),
        body("break"),
        body("for x in y:", "    pass", "else:", "    continue"),
        body("for x in y:", "    def f():", "        break"),
        body("if x:", "    break"),
        body("try:", "    pass", "finally:", "    continue"),
        body("try:", "    pass", "except:", "    pass", "except ValueError:", "    pass"),
        body("x = [y := 1 for y in z]"),
        body("x = [1 for y in (z := 1)]"),
        body("from __future__ import annotations"),
        body("class C: pass"),
        body("global x"),
        body("yield 1"),
        body("x = ''", f"{', '.join('x' * 300)}, *y = z"),
        "return 1\n",
        "if True:\n    return 1\n",
        "import numpy as __np\n",
        "from numpy import *\n",
        "import numpy\nfrom __future__ import annotations\n",
        "1\nfrom __future__ import annotations\n",
        "from __future__ import division, annotations\n",
        "async def f(): pass\n",
    ],
)
def test_what_a_compiler_may_refuse_is_not_plain(text: str) -> None:
    assert not plain(text)


@pytest.mark.parametrize(
    "text",
    [
        body("for _ in range(3):", "    if _helper(x):", "        break", "    while x:", "        continue"),
        body("a, *b = c", "[d, *e] = f(*g, **h)", "x = [*a, *b]"),
        body("x = [(z := y) for y in a]"),
        body("x[0] += np.ix_(a, b)[0]"),
        body("with np.errstate(all='ignore') as e:", "    pass"),
        '"""Text."""\nfrom __future__ import annotations\nimport numpy as np\n' + HEAD + TAIL,
    ],
)
def test_everyday_code_is_plain_and_compiles(text: str) -> None:
    assert plain(text)
    assert compile_program(text.encode()).errors == ()


PIECES = st.sampled_from(
    ["a", "_a", "_a_", "__a", "print", "a.b", "a._b", "a[0]", "*a", "(*a, b)", "a, *b", "[a]", "f(a)", "f(*a, b=c)",
     "f(b=1, b=2)", "(a := b)", "[a for a in b]", "[(a := b) for a in c]", "[(a := b) for c in d]", "{**a}", "b''",
     "lambda a, b=1: a", "lambda a, a: a", "a if b else c", "f'{a}'", "1"]
)  # fmt: skip
STATEMENTS = st.sampled_from(
    ["{0} = {1}", "{0} += {1}", "{0}: int = {1}", "{0}", "return {0}", "del {0}", "break", "continue", "pass",
     "for {0} in {1}:", "while {0}:", "if {0}:", "else:", "try:", "finally:", "except {0}:", "except:",
     "with {0} as {1}:", "def f(a, b={0}):", "from __future__ import annotations", "import a as {0}", "raise {0}"]
)  # fmt: skip


@given(st.lists(st.tuples(STATEMENTS, PIECES, PIECES, st.integers(0, 2)), max_size=8))
def test_the_compiler_accepts_all_that_is_plain(parts: list[tuple[str, str, str, int]]) -> None:
    lines, depth = [], 0
    for statement, one, other, out in parts:
        depth = max(depth - out, 0)
        lines.append("    " * depth + statement.format(one, other))
        if statement.endswith(":"):
            depth += 1
            lines.append("    " * depth + "pass")
    text = "\n".join(lines) + "\n"
    try:
        tree = Tree(ast.parse(text))
    except SyntaxError:
        return
    if is_plain(tree):
        assert compile_program(text.encode()).errors == ()
