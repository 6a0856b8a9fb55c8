"""Refused things in disguise, each beside the everyday form that must pass."""

from __future__ import annotations

import pytest

from .conftest import HEAD, TAIL, rules


@pytest.mark.parametrize(
    ("lines", "rule"),
    [
        ('x = getattr(*[X_train, "ctypes"], "shape")', "DAS215"),
        ('x = hasattr(*[X_train, "ctypes"], "shape")', "DAS215"),
        ('x = getattr(X_train, *["ctypes"])', "DAS215"),
        ("x = (y async for y in X_train)", "DAS209"),
        ("x = [[y async for y in z] for z in X_train]", "DAS209"),
        ('x = np.asarray(X_train, **{"allow_pickle": True})', "DAS210"),
        ('x = np.asarray(X_train, **{**{"like": X_train}})', "DAS210"),
        ('options = {"like": X_train}\nx = np.asarray(X_train, **options)', "DAS210"),
        ('x = np.asarray(X_train, **{"li" + "ke": X_train})', "DAS210"),
        ("x = np.asarray(X_train, **{f\"{'like'}\": X_train})", "DAS210"),
        ('x = np.asarray(X_train, **{"".join(["like"]): X_train})', "DAS210"),
        ("x = dict(__class__=1)", "DAS208"),
        ("x = dict(_getattr_=1)", "DAS208"),
        ("x = dict(**{'__class__': 1})", "DAS208"),
        ("x = dict(**{'a': 1, **{'_getattr_': 1}})", "DAS208"),
        ("options = {'__class__': 1}\nx = dict(**options)", "DAS208"),
        ('x = np.r_["a" + "b"]', "DAS217"),
        ('x = np.r_["a" "b" + f"{n_samples}"]', "DAS217"),
        ('x = np.c_[*["a"]]', "DAS217"),
        ('key = ("a", 1)\nx = np.r_[key]', "DAS217"),
        ('join = np.s_\nx = join["a"]', "DAS217"),
        ("return X_train if n_samples else None", "DAS108"),
        ("return None if n_samples else X_train", "DAS108"),
        ("return X_train if n_samples else 0", "DAS109"),
        ("return 1.0 + 1.0", "DAS109"),
    ],
)
def test_disguise_inside_the_function_is_refused(within, lines: str, rule: str) -> None:
    assert rules(within(lines)) == {rule}


@pytest.mark.parametrize(
    "lines",
    [
        "x: np.ndarray\nx = X_train + 1.0",
        "x: np.ndarray\nfor x in X_train:\n    pass",
        'options = {"axis": 0}\nx = np.mean(X_train, **options)',
        'x = np.mean(X_train, **{"axis": 0, "keepdims": True})',
        'x = dict(**{"a": 1}, b=2, _c=3)',
        "x = np.c_[*[X_train[:, j] for j in range(3)]]",
        "part = X_train[0]\nx = np.r_[part, 1.0]",
        "x = np.r_[X_train[0] + 1.0, 0:3]",
        'label = "a" + "b"\nx = {label: 1}[label]',
        "x = getattr(X_train, 'shape', None)",
        "if n_samples < 2:\n    return X_train if n_samples else X_train + 1.0",
        "x = X_train * 2.0  # type: ignored below",
        "x = X_train * 2.0  # bandit: explore or exploit",
        "x = X_train * 2.0  # no quality assurance, no security",
        "x = X_train * 2.0  # the fmt is: off by one",
    ],
)
def test_everyday_form_passes(within, lines: str) -> None:
    assert within(lines) == ()


@pytest.mark.parametrize(
    ("above", "inside", "rule"),
    [
        ("memoryview: float", "x = memoryview(X_train)", "DAS203"),
        ("hidden: float", "x = hidden", "DAS204"),
        ("getattr: float", "x = 1", "DAS211"),
        ("scale = lambda x, y=np.ones(3): x", "x = 1", "DAS112"),
        ("scale = lambda x, *, y=np.ones(3): x", "x = 1", "DAS112"),
        ("def scale(x, y=lambda z=np.ones(3): z):\n    return x", "x = 1", "DAS112"),
        ("from numpy import ndarray as Make", "x = Make((3,))", "DAS216"),
        ("from numpy import dtype as Kind", "x = Kind(float)", "DAS216"),
        ("from numpy.random import default_rng as make", "x = make(rng.integers(9))", "DAS216"),
    ],
)
def test_disguise_at_module_level_is_refused(look, above: str, inside: str, rule: str) -> None:
    assert rules(look(HEAD.replace("\n\n\n", f"\n{above}\n\n\n", 1) + f"    {inside}\n" + TAIL)) == {rule}


@pytest.mark.parametrize(
    ("above", "inside"),
    [
        ("SCALE: float = 2.0", "x = X_train * SCALE"),
        ("SCALE: float\nSCALE = 2.0", "x = X_train * SCALE"),
        ("scale = lambda x, y=2.0: x * y", "x = scale(X_train)"),
        ("def scale(x, y=lambda z=2.0: z):\n    return x * y()", "x = scale(X_train)"),
        ("from numpy import ndarray, dtype", "x = isinstance(X_train, ndarray) and X_train.dtype == dtype(float)"),
        ("from numpy.random import default_rng", "x = default_rng(rng.integers(2**32)).random()"),
    ],
)
def test_everyday_form_at_module_level_passes(look, above: str, inside: str) -> None:
    assert look(HEAD.replace("\n\n\n", f"\n{above}\n\n\n", 1) + f"    {inside}\n" + TAIL) == ()


@pytest.mark.parametrize(
    "comment",
    [
        "nosem", "NOLINT", "pylint:disable=all", "scale, pylint: disable=all", "mypy:ignore-errors", "ruff:noqa",
        "isort:skip", "order, isort:skip", "yapf:disable", "pyright:ignore", "pyre-ignore[3]", "pyre-fixme",
        "pytype: skip-file", "ty: ignore", "pyrefly: ignore", "basedpyright: basic", "autopep8: off", "sourcery skip",
        "checkov:skip=1", "devskim: ignore DS1", "trunk-ignore(bandit)", "deepcode ignore X", "pylama:ignore=W",
        "gitleaks:allow", "see ast-grep-ignore", "bandit: skip", "type:ignore[x]", "pragma:no cover",
    ],
)  # fmt: skip
def test_comment_that_silences_a_checker_is_refused(within, comment: str) -> None:
    assert rules(within(f"x = X_train * 2.0  # {comment}")) == {"DAS009"}


@pytest.mark.parametrize("character", ["\ufe00", "\ufe0f", "\U000e0100", "\U000e01ef", "\u180b", "\u180f"])
def test_selector_that_shows_nothing_is_refused(within, character: str) -> None:
    assert rules(within(f'x = "a{character}"')) == {"DAS005"}
