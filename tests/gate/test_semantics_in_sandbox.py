"""Restricted programs mean what plain Python means: in-place changes, dtype, aliasing, order; values by hand."""

from __future__ import annotations

import numpy as np
import pytest

from llmdas.contract import Contract
from llmdas.digest import sha256
from llmdas.gate.inspection import inspect
from llmdas.gate.terms import Terms
from llmdas.policy import Policy
from llmdas_sandbox import Limits, Request, Sandbox
from llmdas_sandbox.interface import Argument, Rows, Scalar

ROWS = np.array([[0.5, 1.5], [2.5, 3.5]])
# Name -> lines of a function of (rows, np), and the numbers that plain Python and numpy return from it.
CASES: dict[str, tuple[str, list[float]]] = {
    "an item of whole numbers keeps their dtype and is cut": (
        "a = np.array([1, 2, 3])\na[0] += 2.7\na[1] += 2\nreturn [*a, a.dtype.kind == 'i']",
        [3, 4, 3, 1],
    ),
    "whole numbers plus a fraction in place is a TypeError and changes nothing": (
        "a = np.array([1, 2, 3])\ntry:\n    a += 0.5\nexcept TypeError:\n    return [*a, 1]\nreturn [0]",
        [1, 2, 3, 1],
    ),
    "a slice of whole numbers plus a fraction as well": (
        "a = np.array([1, 2, 3])\ntry:\n    a[1:] += 0.5\nexcept TypeError:\n    return [*a, 1]\nreturn [0]",
        [1, 2, 3, 1],
    ),
    "single precision stays": (
        "a = np.zeros(2, dtype=np.float32)\na += np.ones(2)\na[0] += np.float64(0.5)\nreturn [*a, a.itemsize]",
        [1.5, 1, 4],
    ),
    "small whole numbers wrap": (
        "a = np.array([250, 1], dtype=np.uint8)\na += 10\na[1:] -= 12\nreturn a.tolist()",
        [4, 255],
    ),
    "a view writes through": (
        "a = np.zeros(4)\nv = a[1:3]\nv += 1\nv[0] += 1\nw = a[::2]\nw *= 10\nreturn a.tolist()",
        [0, 2, 10, 0],
    ),
    "another name is the same array": (
        "a = np.ones(2)\nb = a\nb += 1\nc = a\nc = c + 1\nreturn [*a, *b, *c]",
        [2, 2, 2, 2, 3, 3],
    ),
    "a copy is another array": (
        "a = np.ones(2)\nb = a.copy()\nb += 1\nb[0] -= 5\nreturn [*a, *b]",
        [1, 1, -3, 2],
    ),
    "a transposed view and flat write through": (
        "a = np.zeros((2, 2))\na.T[0] += 1\na.T[1][0] += 5\na.flat[3] += 7\nreturn a.ravel().tolist()",
        [1, 5, 1, 7],
    ),
    "a list grows in place": (
        "x = [1]\ny = x\ny += [2]\nx[0] += 5\nz = x\nz = z + [3]\nreturn [*x, len(y), len(z)]",
        [6, 2, 2, 3],
    ),
    "lists in lists, arrays in dicts": (
        "x = [[1, 2], [3]]\nx[0][1] += 5\nx[1] += [4]\nd = {'a': np.zeros(2), 'n': 1}\nalias = d['a']\nd['a'] += 1\n"
        "d['a'][0] += 1\nd['n'] *= 7\nreturn [*x[0], *x[1], *alias, d['n']]",
        [1, 7, 3, 4, 2, 1, 7],
    ),
    "a missing key is a KeyError and adds nothing": (
        "d = {}\ntry:\n    d['a'] += 1\nexcept KeyError:\n    return [len(d), 1]\nreturn [0]",
        [0, 1],
    ),
    "a mask, and a row named twice counts once": (
        "a = np.arange(4.0)\na[a > 1] *= 10\na[[0, 0]] += 1\nb = np.zeros(2)\nnp.add.at(b, [0, 0], 1)\nreturn [*a, *b]",
        [1, 1, 20, 30, 2, 0],
    ),
    "object and index are evaluated once, and the old item before the value": (
        "seen = []\na = [1, 2]\ndef step(name, value):\n    seen.append(name)\n    return value\n"
        "def grow():\n    a[0] = 100\n    return step(3, 10)\n"
        "step(1, a)[step(2, 0)] += grow()\nreturn [*a, *seen]",
        [11, 2, 1, 2, 3],
    ),
    "every operator on items": (
        "x = [7] * 12\nx[0] += 2\nx[1] -= 2\nx[2] *= 2\nx[3] /= 2\nx[4] //= 2\nx[5] %= 4\nx[6] **= 2\nx[7] <<= 2\n"
        "x[8] >>= 1\nx[9] &= 3\nx[10] |= 8\nx[11] ^= 1\nreturn x",
        [9, 5, 14, 3.5, 3, 3, 49, 28, 3, 3, 15, 6],
    ),
    "every operator on names": (
        "a = b = c = d = e = f = g = h = i = j = k = m = 7\na += 2\nb -= 2\nc *= 2\nd /= 2\ne //= 2\nf %= 4\ng **= 2\n"
        "h <<= 2\ni >>= 1\nj &= 3\nk |= 8\nm ^= 1\nreturn [a, b, c, d, e, f, g, h, i, j, k, m]",
        [9, 5, 14, 3.5, 3, 3, 49, 28, 3, 3, 15, 6],
    ),
    "products of matrices in place": (
        "a = np.array([[1.0, 2.0], [3.0, 4.0]])\nb = a\nb @= np.array([[0.0, 1.0], [1.0, 0.0]])\n"
        "s = np.stack([a, a])\nfirst = s[0]\ns[0] @= 2 * np.eye(2)\nreturn [*a.ravel(), *first.ravel()]",
        [2, 1, 4, 3, 4, 2, 8, 6],
    ),
    "masks of truth values": (
        "m = np.array([True, False, True])\nm |= np.array([False, True, False])\nm[0] ^= True\nm[1:] &= [True, False]\n"
        "return m.tolist()",
        [0, 1, 0],
    ),
    "counters, defaults and deques": (
        "from collections import Counter, defaultdict, deque\nc = Counter()\nc['a'] += 2\nd = defaultdict(list)\n"
        "d['x'] += [1, 2]\nq = deque([1, 2])\nq[0] += 5\nq += [3]\nreturn [c['a'], len(d['x']), *q]",
        [2, 2, 6, 2, 3],
    ),
    "annotated assignment binds, without a value it does not": (
        "x: int = 3\ny: float\ny = x + 0.5\na = np.zeros(2)\na[0]: float = 2.5\nd = {}\nd['k']: int = 4\n"
        "return [x, y, *a, d['k']]",
        [3, 3.5, 2.5, 0, 4],
    ),
    "unpacking assigns from left to right": (
        "x = [0, 0, 0]\ni = 0\ni, x[i] = 1, 5\nx[0], x[2] = x[2], 7\n(a, b), *rest = (1, 2), 3, 4\n"
        "*head, last = [6, 7, 8]\nreturn [i, *x, a, b, *rest, *head, last]",
        [1, 0, 5, 7, 1, 2, 3, 4, 6, 7, 8],
    ),
    "several targets are one object": (
        "a = b = []\na.append(1)\nx, y = z = (3, 4)\nreturn [len(b), x, y, *z]",
        [1, 3, 4, 3, 4],
    ),
    "a default is made once": (
        "def f(v, into=[]):\n    into.append(v)\n    return len(into)\nreturn [f(1), f(1), f(1, [])]",
        [1, 2, 1],
    ),
    "loops unpack, also nested, and their else": (
        "t = 0\nfor i, (a, b) in enumerate([(1, 2), (3, 4)]):\n    t += i * a + b\nelse:\n    t += 100\n"
        "for v in [1, 2, 3]:\n    if v == 2:\n        break\nelse:\n    t += 1000\n"
        "return [t, v, *[p * q for p, q in zip([1, 2], [3, 4])], *(k + w for k, w in {1: 2}.items())]",
        [109, 2, 3, 8, 3],
    ),
    "try, except, else and finally in order": (
        "seen = []\nfor kind in (0, 1):\n    try:\n        seen.append(1)\n        kind / (1 - kind)\n"
        "    except ZeroDivisionError:\n        seen.append(2)\n    else:\n        seen.append(3)\n    finally:\n"
        "        seen.append(4)\nreturn seen",
        [1, 3, 4, 1, 2, 4],
    ),
    "closures see later values, lambdas with defaults do not": (
        "fs = [lambda: i for i in range(3)]\ngs = [lambda i=i: i for i in range(3)]\n"
        "return [*(f() for f in fs), *(g() for g in gs)]",
        [2, 2, 2, 0, 1, 2],
    ),
    "a walrus in a comprehension binds outside": (
        "found = [last := v for v in (4, 5)]\nreturn [*found, last, (n := 3) + n]",
        [4, 5, 5, 6],
    ),
    "slices of lists are written and deleted": (
        "x = [1, 2, 3, 4, 5]\nx[1:3] = [9]\ndel x[-1], x[0]\nx[::2] = [7]\nx *= 2\nreturn x",
        [7, 4, 7, 4],
    ),
    "the given rows are read-only under any name": (
        "row = rows[0]\ncount = 0\ntry:\n    row += 1\nexcept ValueError:\n    count += 1\ntry:\n    row[0] += 1\n"
        "except ValueError:\n    count += 1\ntry:\n    rows.T[0] = 5\nexcept ValueError:\n    count += 1\n"
        "return [count, *rows[0]]",
        [3, 0.5, 1.5],
    ),
}  # fmt: skip


def _program() -> str:
    """All cases as functions of one program, whose result is how many numbers each returned and these numbers."""
    functions = [
        f"def case_{number}(rows):\n" + "".join(f"    {line}\n" for line in lines.split("\n"))
        for number, (lines, _) in enumerate(CASES.values())
    ]
    counted = "def counted(values):\n    return [len(values), *values]\n"
    calls = "".join(f"        *counted(case_{number}(X_train)),\n" for number in range(len(CASES)))
    head = "def generate_hard_anomalies(n_samples, model, X_train, rng):\n"
    main = f"{head}    return np.array([\n{calls}    ], dtype=float)\n"
    return "import numpy as np\n\n\n" + "\n\n".join([counted, *functions, main])


@pytest.fixture(scope="module")
def answers(box: Sandbox, policy: Policy, contract: Contract, terms: Terms) -> dict[str, list[float]]:
    """What each case returned in the sandbox, from one run of all."""
    source = _program().encode()
    assert {finding.rule for finding in inspect(source, terms) if finding.severity == "error"} == set()
    none = Scalar(0)
    arguments: dict[str, Argument] = {"n_samples": none, "model": none, "X_train": Rows(ROWS), "rng": none}
    result = box.execute(Request(source, sha256(source), contract.function, arguments, policy.as_guest(), Limits()))
    assert result.fault is None, (result.fault, source.decode().split("\n")[result.fault.line - 1])
    assert result.value is not None
    values = iter(result.value.tolist())
    found = {name: [next(values) for _ in range(int(next(values)))] for name in CASES}
    assert list(values) == []
    return found


@pytest.mark.parametrize("name", CASES)
def test_the_meaning_is_that_of_plain_python(name: str, answers: dict[str, list[float]]) -> None:
    assert answers[name] == CASES[name][1]
