"""Remedies, scopes and aliases of names and attributes."""

from __future__ import annotations

import pytest

from .conftest import HEAD, TAIL, rules


@pytest.mark.parametrize(
    ("line", "rule", "remedy"),
    [
        ("s = model.decision_function(X_train)", "DAS206", "`model.predict_score(X)`"),
        ("s = model.predict_scores(X_train)", "DAS206", "`model.predict_score(X)`"),
        ("x = rng.randn(3)", "DAS207", "`rng.standard_normal(...)`"),
        ("x = rng.rand(3)", "DAS207", "`rng.random(...)`"),
        ("x = rng.randint(3)", "DAS207", "`rng.integers(...)`"),
        ("np.random.seed(0)", "DAS202", "`rng` is seeded already"),
        ("x = np.random.normal(size=3)", "DAS202", "`rng.normal(...)`"),
        ("x = np.random.randn(3)", "DAS202", "`rng.standard_normal(...)`"),
        ("x = np.zero_like(X_train)", "DAS202", "`np.zeros_like`"),
        ("x = np.trapz(X_train)", "DAS202", "`np.trapezoid`"),
        ("x = np.linalg.normm(X_train)", "DAS202", "`numpy.linalg.norm`"),
        ("x = X_train.values", "DAS205", "already"),
        ("x = X_train.iloc[0]", "DAS205", "`X_train[i, j]`"),
        ("x = [].appendd(1)", "DAS205", "`.append`"),
        ("X_train.shape = (1, 2)", "DAS212", "reshape"),
        ("import random", "DAS201", "`rng`"),
        ("import scipy.stats", "DAS201", "numpy"),
        ("import numpyy", "DAS201", "`numpy`"),
        ("import warnings", "DAS201", "errstate"),
        ("x = type(X_train)", "DAS203", "isinstance"),
        ("x = X_trian", "DAS204", "`X_train`"),
        ("x = math.pi", "DAS204", "`import math`"),
        ("x = compile('1', '', 'eval')", "DAS203", "Write the code itself."),
        ("x = np.ma.array(X_train)", "DAS202", "Use a boolean mask and `np.where`."),
        ("x = rng.spawn(2)", "DAS207", "Use `np.random.default_rng(rng.integers(2**32))`."),
        ("x = np.genfromtxt('x')", "DAS202", "A program has no files"),
        ("x = np.memmap('x')", "DAS202", "A program has no files"),
        ("np.save('x', X_train)", "DAS202", "A program has no files"),
        ("X_train.tofile('x')", "DAS205", "A program has no files"),
        ("X_train.dump('x')", "DAS205", "A program has no files"),
        ("from scipy.spatial import cKDTree", "DAS201", "at most 1,000 rows and `np.linalg.norm`"),
        ("from sklearn.neighbors import NearestNeighbors", "DAS201", "at most 1,000 rows and `np.linalg.norm`"),
        ("d = model._detector", "DAS208", "`model.predict_score(X)`"),
        ("d = getattr(model, '_detector')", "DAS208", "`model.predict_score(X)`"),
        ("d = X_train.__class__", "DAS208", "use a public attribute"),
        ("x = __name__", "DAS208", "Delete the block"),
        ("os = __import__('os')", "DAS208", "Import at the top."),
        ("__x = 1", "DAS208", "Choose a plain name."),
    ],
)
def test_remedy_names_what_to_write(within, line: str, rule: str, remedy: str) -> None:
    (finding,) = within(line)
    assert finding.rule == rule
    assert remedy in finding.remedy


def test_a_missing_numpy_import_is_told(look) -> None:
    findings = look(HEAD.split("\n", 1)[1] + "    x = np.zeros(3)\n" + TAIL)
    (finding,) = findings
    assert finding.rule == "DAS204"
    assert "`import numpy as np`" in finding.remedy


def test_each_mistake_on_one_line_is_its_own_finding(within) -> None:
    findings = within("x = np.loadd(X_train.valuess, rng.randn(2), model.fitt(1), missing)")
    assert [finding.rule for finding in findings] == ["DAS202", "DAS205", "DAS207", "DAS206", "DAS204"]


def test_what_stands_on_a_refused_name_is_not_reported_again(within) -> None:
    assert rules(within("import os\nx = os.path.join('a', 'b').fooo\ny = os")) == {"DAS201"}
    assert rules(within("x = X_train.flags.writeable.fooo()[0].baar")) == {"DAS205"}


@pytest.mark.parametrize(
    "code",
    [
        "from numpy import random as r\nr.bytes(3)",
        "import numpy as n\nn.lib",
        "import numpy.linalg\nnumpy.fft",
        "la = np.linalg\nla.lapack_lite",
        "q = np\nq.load",
        "(np).load",
        "(np.linalg).lapack_lite",
        "getattr(np, 'load')",
        "f = lambda: np.load",
        "x = [np.load for i in range(3)]",
        "x = f'{np.load}'",
        "def g(a=np.load): return a",
    ],
)
def test_module_attributes_are_followed(within, code: str) -> None:
    assert "DAS202" in rules(within(code))


@pytest.mark.parametrize(
    "code",
    [
        "def np(): return 1",
        "for np in [1]: pass",
        "x = [np for np in [1]]",
        "x = lambda np: np",
        "if (np := 1): pass",
        "try: pass\nexcept ValueError as np: pass",
        "with np.errstate() as np: pass",
        "import math as np",
        "np, x = 1, 2",
        "np += 1",
        "del np",
        "def open(): return 1",
        "getattr = 1",
    ],
)
def test_names_of_modules_and_guards_keep_their_meaning(within, code: str) -> None:
    assert "DAS211" in rules(within(code))


@pytest.mark.parametrize(
    "code",
    [
        "def inner(x):\n    local = x\n    return local\ny = inner(1)",
        "total = sum(k for k in range(3))",
        "x = [a + b for a in range(2) for b in range(a)]",
        "f = lambda k, *r, **o: (k, r, o)",
        "if (w := 3) > 2:\n    y = w",
        "x = [last := i for i in range(3)]\ny = last",
        "try:\n    x = 1\nexcept ValueError as e:\n    x = str(e)",
        "with np.errstate(all='ignore') as state:\n    x = state",
        "min = 3\nrange_ = min",
        "for i, (a, *b) in enumerate([(1, 2)]):\n    x = (i, a, b)",
        "def outer():\n    return later()\ndef later():\n    return 1",
    ],
)
def test_scopes_are_understood(within, code: str) -> None:
    assert within(code) == ()


@pytest.mark.parametrize(
    "code",
    [
        "x = [i for i in range(3)]\ny = i",
        "def inner(k):\n    return k\ny = k",
        "f = lambda q: q\ny = q",
        "x = [z for i in z for z in [1]]",
    ],
)
def test_names_of_inner_scopes_are_not_seen_outside(within, code: str) -> None:
    assert rules(within(code)) == {"DAS204"}


def test_methods_of_the_model_may_be_used_under_another_name(look) -> None:
    helper = "\n\ndef ask(detector, X):\n    return detector.predict_score(X)\n"
    assert look(HEAD + "    s = ask(model, X_train)\n" + TAIL + helper) == ()


def test_arrays_that_were_rebound_have_every_permitted_attribute(within) -> None:
    assert within("X_train = X_train.tolist()\nX_train.append(1)") == ()
    assert rules(within("X_train.append(1)")) == {"DAS205"}


@pytest.mark.parametrize("name", ["__x", "__name__", "_getattr_", "_write_", "_tmp1_", "__builtins__"])
def test_internal_names_are_refused_wherever_they_stand(within, name: str) -> None:
    for code in (
        f"{name} = 1",
        f"x = {name}",
        f"def {name}(): return 1",
        f"f = lambda {name}: 1",
        f"import math as {name}",
    ):
        assert rules(within(code)) == {"DAS208"}, code


@pytest.mark.parametrize("keyword", ["allow_pickle", "buffer", "strides", "mmap_mode", "like"])
def test_refused_keywords(within, keyword: str) -> None:
    assert rules(within(f"x = np.array(X_train, {keyword}=1)")) == {"DAS210"}
