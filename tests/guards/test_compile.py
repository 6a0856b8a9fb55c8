"""The shared restricted compile: what it permits means what Python means, and what it refuses does not raise."""

from __future__ import annotations

import textwrap

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmdas.policy import load_policy
from llmdas_sandbox.guest.guards import build_globals
from llmdas_sandbox.guest.restricted import compile_program


def run(source: str, **given_names: object) -> dict[str, object]:
    """Run a harmless fixed sample of this file under the guards and return its globals."""
    compiled = compile_program(textwrap.dedent(source).encode())
    assert compiled.code is not None, compiled.errors
    guest = load_policy().as_guest()
    table = build_globals(guest.builtins, guest.modules, guest.attributes, lambda count: None)
    table.update(given_names)
    exec(compiled.code, table)
    return table


SNIPPETS = [
    "x = np.arange(4)\nview = x\nx[1:] += 2\nresult = (view.tolist(), x is view)",
    "x = np.arange(4)\nx[0] += 2.7\nresult = (x.tolist(), str(x.dtype))",
    "x = np.arange(4.0)\ny = x[1:3]\ny[...] *= 3\nresult = x.tolist()",
    "x = np.arange(6).reshape(2, 3)\nx[:, [0, 2]] -= 1\nx[x > 2] //= 2\nresult = x.tolist()",
    "x = [[1], [2]]\ninner = x[0]\nx[0] += [5]\nresult = (x, inner, inner is x[0])",
    "x = {'a': 1}\nx['a'] += 1\nx['b'] = 2\nx['b'] **= 3\nresult = x",
    "x = [3]\nx[0] <<= 2\nx[0] |= 1\nx[0] ^= 2\nx[0] &= 14\nx[0] >>= 1\nx[0] %= 5\nresult = x",
    "x = np.eye(2)\nx[:] @= np.ones((2, 2))\nx[0] /= 4\nresult = x.tolist()",
    "x = 1\nx += 2\ny = [1]\nz = y\ny += [2]\nresult = (x, y, z is y)",
    "a: int = 3\nb: list[int]\nb = [a]\nc: 'anything at all' = 1\nresult = (a, b, c)",
    "a = (b, c) = d = [1, 2]\nresult = (a, b, c, d is a)",
    "(a, *b), c = ([1, 2, 3], 4)\nresult = (a, b, c)",
    "result = [(i, j) for i, (j, *_) in enumerate([(1, 2), (3,)])]",
    "def f(*a, **k):\n    return (a, k)\nresult = f(*[1, 2], x=3, **{'y': 4})",
    "x = [1, 2, 3]\ndel x[0]\nresult = x",
    "def _helper(_a):\n    _b = _a + 1\n    return _b\nresult = _helper(1)",
    "x = {}\nx['k'], y = 1, 2\nfor x['i'] in range(3):\n    pass\nresult = (x, y)",
    "x = np.arange(3)\nx.flat[1] += 5\nresult = x.tolist()",
    "result = [y := 1, y**2]\nresult.append(y)",
    "def f(x):\n    try:\n        return x[0]\n    except IndexError as e:\n        return str(e)\nresult = f([])",
    "def f(x):\n    try:\n        y = x\n    finally:\n        y = 2\n    return y\nresult = f(1)",
    "with np.errstate(divide='ignore') as s:\n    result = (np.float64(1) / 0, s)",
    "x = 5\nresult = f'{x!r:>4}|{x:.2f}|{np.pi:.3f}|{[i for i in range(x)]}'",
    "from collections import defaultdict\nd = defaultdict(int)\nd['x'] += 2\nresult = d",
    "from collections import deque\nq = deque([1])\nq[0] = 9\nresult = q",
    "from collections import Counter\nc = Counter()\nc['y'] += 1\nresult = c",
]


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_guarded_code_does_what_plain_python_does(snippet: str) -> None:
    plain: dict[str, object] = {"np": np}
    exec(compile(snippet, "plain", "exec", dont_inherit=True), plain)
    assert run("import numpy as np\n" + snippet)["result"] == plain["result"]


ORDER = """
def target():
    log.append("target")
    return store

def index():
    log.append("index")
    return 0

def value():
    log.append("value")
    store[0] = store[0] + 100
    return 1

target()[index()] += value()
"""


def test_augmented_subscript_keeps_order_and_evaluates_each_part_once() -> None:
    plain_log, plain_store = [], [1]
    exec(ORDER, {"log": plain_log, "store": plain_store})
    log, store = [], [1]
    run(ORDER, log=log, store=store)
    assert (log, store) == (plain_log, plain_store) == (["target", "index", "value"], [2])


def test_value_of_an_assignment_with_several_targets_is_evaluated_once() -> None:
    calls: list[int] = []
    result = run("a, b = c = make()", make=lambda: calls.append(1) or [1, 2])
    assert len(calls) == 1
    assert (result["a"], result["b"], result["c"]) == (1, 2, [1, 2])


def test_augmented_subscript_of_a_refused_object_is_refused() -> None:
    class Owner(dict):
        pass

    with pytest.raises(TypeError, match="Owner"):
        run("x[0] += 1", x=Owner({0: 1}))


def test_future_of_this_module_does_not_leak_into_programs() -> None:
    assert run("def f(x: 1 + 1): pass\nresult = f", result=None)["f"].__annotations__ == {"x": 2}


def test_asserts_are_kept_whatever_the_interpreter_was_started_with() -> None:
    with pytest.raises(AssertionError):
        run("assert 1 > 2")


@pytest.mark.parametrize(
    "source",
    [
        "x.__class__",
        "__import__('os')",
        "_getattr_ = 1",
        "def _write_(x): pass",
        "import os as _x_",
        "x.gi_frame",
        "x.y += 1",
        "_x_: int = 1",
        "from a import *",
        "class A(metaclass=B): pass",
        "async def f(): pass",
        "eval('1')",
        "exec('1')",
        "def f():\n    nonlocal x",
        "f'{x.__class__}'",
        "lambda _x_: 1",
        "try: pass\nexcept* ValueError: pass",
        "match x:\n    case 1: pass",
        "_tmp1_ = 2",
        "print = 1",
        "printed",
        "def f(__a): pass",
        "(__a := 1)",
        "x = [__a for __a in y]",
        "except_ = breakpoint",
        "__debug__",
        "x__roles__ = 1",
        "return 1",
        "break",
        "def f(a, a): pass",
        "x = (",
        "1 = 2",
        "yield",
        "await x",
        "*a",
        "'\\N{no such name}'",
    ],
)
def test_refused_code_gives_errors_with_lines(source: str) -> None:
    compiled = compile_program(("\n" + source).encode())
    assert compiled.code is None
    assert compiled.errors
    assert all(error.message for error in compiled.errors)
    assert all(error.line >= 2 for error in compiled.errors)


@pytest.mark.parametrize(
    "source",
    [
        b"\xff",
        b"x = '\x00'",
        b"\xef\xbb\xbfx = 1",
        b"(" * 5000,
        b"-" * 100000 + b"1",
        b"x = " + b"1+" * 50000 + b"1",
        b"[" * 90 + b"]" * 90 + b"(" * 200,
        b"x = " + b"9" * 5000,
        b"# coding: rot13\nkvzcbeg bf\x00",
        "x = '\ud800'".encode("utf-8", "surrogatepass"),
        b"if 1:\n" * 120 + b"x",
        b"x" + b".y" * 20000,
        b"\x0c" * 10 + b")",
    ],
)
def test_odd_bytes_give_errors_and_never_raise(source: bytes) -> None:
    compiled = compile_program(source)
    assert compiled.code is None
    assert compiled.errors


def test_an_encoding_declaration_has_no_effect() -> None:
    compiled = compile_program(b"# coding: latin-1\nx = '\xc3\xa4'")
    assert compiled.code is not None
    assert "ä" in compiled.code.co_consts


@settings(max_examples=100, deadline=None)
@given(
    source=st.one_of(st.binary(max_size=120), st.text(max_size=80).map(lambda t: t.encode("utf-8", "surrogatepass")))
)
def test_any_bytes_give_code_or_errors(source: bytes) -> None:
    compiled = compile_program(source)
    assert (compiled.code is None) == bool(compiled.errors)
