"""Classes and constructors of numpy: harmless in types, refused wherever they could be called unseen."""

from __future__ import annotations

import pytest

from .conftest import HEAD, TAIL, rules


@pytest.mark.parametrize(
    "line",
    [
        "x: np.ndarray = X_train",
        "x: list[tuple[np.ndarray, int]] = []",
        "x = isinstance(X_train, np.ndarray)",
        "x = isinstance(X_train, (list, (np.ndarray, tuple)))",
        "x = isinstance(rng, np.random.Generator | None)",
        "def f(a: np.ndarray | None, *b: 'np.ndarray', c: dict[str, np.ndarray]) -> np.ndarray: return a",
        "Rows = np.ndarray\nPair = tuple[Rows, Rows]\nx: Pair = (X_train, X_train)\ny = isinstance(X_train, Rows)",
        "x = np.random.default_rng(rng.integers(2**32))",
        "x = np.r_[0:3, 5]",
        "x = np.c_[X_train, X_train]",
        "x = {'a': 1}['a']",
    ],
)
def test_types_and_plain_calls_are_accepted(within, line: str) -> None:
    assert within(line) == ()


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("x = [np.ndarray]", "DAS216"),
        ("x = {'make': np.ndarray}", "DAS216"),
        ("x = abs(np.ndarray)", "DAS216"),
        ("x = lambda make=np.ndarray: make((1,))", "DAS216"),
        ("x = isinstance(np.ndarray, tuple)", "DAS216"),
        ("x = isinstance(X_train, [np.ndarray].pop())", "DAS216"),
        ("Rows = np.ndarray\nx = [Rows]", "DAS216"),
        ("Rows = np.ndarray\nMore = list[Rows]\nx = More([1])", "DAS216"),
        ("x = y = np.ndarray", "DAS216"),
        ("x, y = np.ndarray, 1", "DAS216"),
        ("if (x := np.ndarray): pass", "DAS216"),
        ("x = np.random.Generator(rng)", "DAS216"),
        ("x = np.random.default_rng", "DAS216"),
        ("from numpy.random import default_rng as make\nx = [make]", "DAS216"),
        ("from numpy.typing import NDArray as N\nx = N[np.float64]((1,))", "DAS216"),
        ("x = np.ndarray((1,))", "DAS405"),
        ("x = np.r_['a']", "DAS217"),
        ("x = np.c_[X_train, 'r']", "DAS217"),
        ("from numpy import r_ as join\nx = join['a']", "DAS217"),
        ("x = X_train.astype(str)", "DAS401"),
        ("x = b'abc'", "DAS306"),
    ],
)
def test_what_a_reviewer_cannot_follow_is_refused(within, line: str, rule: str) -> None:
    assert rules(within(line)) == {rule}


def test_remedy_says_how_arrays_are_made(look) -> None:
    (finding,) = look(HEAD + "    x = [np.ndarray]\n" + TAIL)
    assert "`np.zeros`" in finding.remedy
