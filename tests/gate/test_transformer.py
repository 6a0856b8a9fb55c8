"""The quick transformer against RestrictedPython's own methods: the same errors and the same tree, places included."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from RestrictedPython.transformer import RestrictingNodeTransformer

from llmdas_sandbox.guest import restricted
from llmdas_sandbox.guest.restricted import CompileError, ProgramTransformer, QuickTransformer, compile_program

PROGRAMS = sorted((Path(__file__).resolve().parents[1] / "programs").glob("*/*.py"))
SNIPPETS = [
    "a.b.c[d.e][f] = g.h[i:j, k].l",
    "del a.b, c[d], e",
    "a.b += 1",
    "a[b.c][d] += e.f[g]",
    "a += b.c[d]",
    "a, (b.c, *d[e]) = f.g = h[i]",
    "[a.b[c] for d, (e, f) in g.h[i] if j.k for l in m]",
    "{a.b: c[d] for e in f}, {g.h for i in j}, (k[l] for m in n)",
    "for a.b, c[d] in e.f: pass\nelse: g[h]",
    "while a.b[c]: break",
    "with a.b as c.d, e[f] as (g, h): i.j",
    "try: a.b\nexcept c.d as e: f[g]\nelse: h.i\nfinally: j[k]",
    "def f(a, b=c.d, /, *e, g: h[i] = j, **k) -> l.m: return n[o]",
    "lambda a, *b: a.b[b]",
    "f(*a.b, c[d], **e.f, g=h[i])",
    "a.b(c)(*d)[e](**f)",
    "x: a.b[c] = d[e].f",
    "x.y: int = 1\nx[1]: int",
    "f'{a.b[c]!r:>{d.e}}'",
    "a if b.c else d[e]",
    "(a := b.c[d])",
    "a._b, a.__class__, a.f_back, a.x__roles__, a._",
    "_a_, __b, print, printed, eval(x), exec(y)",
    "class C(a.b, metaclass=c[d]): e = f.g",
    "async def f(): await a.b",
    "global a\nnonlocal b",
    "match a.b:\n    case c.d: e[f]",
    "raise a.b[c] from d.e\nassert f.g, h[i]",
    "import a.b as _c, d\nfrom e import *\nfrom f import _g",
    "b'' + a.b\nx @= y.z\n-a.b ** ~c[d] // e and not f is not g",
    "def f():\n    yield a.b\n    yield from c[d]",
]


class _Slow(ProgramTransformer):
    """RestrictedPython's own ways wherever the quick transformer has others."""

    visit = ast.NodeTransformer.visit  # type: ignore[assignment] # as it was before it was replaced
    node_contents_visit = RestrictingNodeTransformer.node_contents_visit  # type: ignore[assignment] # likewise
    visit_Attribute = RestrictingNodeTransformer.visit_Attribute  # type: ignore[assignment] # likewise
    visit_Subscript = RestrictingNodeTransformer.visit_Subscript  # type: ignore[assignment] # likewise


def _outcome(kind: type[ProgramTransformer], tree: ast.Module) -> tuple[list[CompileError], str]:
    errors: list[CompileError] = []
    transformed: Any = kind(errors).visit(tree)
    return sorted(errors), ast.dump(transformed, include_attributes=True)


def _same(source: str) -> None:
    assert _outcome(ProgramTransformer, ast.parse(source)) == _outcome(_Slow, ast.parse(source))


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_errors_and_tree_are_those_of_restrictedpython(snippet: str) -> None:
    _same(snippet)
    _same("def f():\n    if x:\n        " + snippet.replace("\n", "\n        "))


def test_errors_and_tree_are_those_of_restrictedpython_on_all_samples() -> None:
    compared = 0
    for path in PROGRAMS[::3]:
        try:
            source = path.read_bytes().decode()
            ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        _same(source)
        compared += 1
    assert compared > 50


def test_everything_that_was_replaced_is_compared() -> None:
    own = {name for name in vars(QuickTransformer) if not name.startswith("__")}
    assert own == {"visit", "node_contents_visit", "_visit_all", "visit_Attribute", "visit_Subscript"}
    assert own - {"_visit_all"} <= set(vars(_Slow))


def test_what_is_passed_over_holds_nothing_and_is_permitted() -> None:
    for kind in restricted._LEAVES:
        assert kind._fields == ()
        errors: list[CompileError] = []
        node = kind()
        assert _Slow(errors).visit(node) is node
        assert errors == []


def _parts(code: CodeType | None) -> Iterator[tuple[object, ...]]:
    """Yield what code consists of; code itself takes for ever to compare when it is nested."""
    if code is not None:
        plain = [repr(value) for value in code.co_consts if not isinstance(value, CodeType)]
        yield code.co_code, code.co_names, code.co_varnames, code.co_linetable, code.co_flags, plain
        for value in code.co_consts:
            if isinstance(value, CodeType):
                yield from _parts(value)


def test_a_tree_gives_what_its_bytes_give() -> None:
    for path in PROGRAMS[::5]:
        source = path.read_bytes()
        try:
            tree = ast.parse(source.decode())
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        from_tree, from_bytes = restricted.compile_tree(tree), compile_program(source)
        assert from_tree.errors == from_bytes.errors
        assert list(_parts(from_tree.code)) == list(_parts(from_bytes.code))
