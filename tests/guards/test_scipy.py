"""The profile numpy-scipy in a real sandbox: every listed name works there, and no way leads past the stand-ins."""

from __future__ import annotations

import hashlib
import re
import textwrap
from collections.abc import Iterator

import numpy as np
import pytest

from llmdas.contract import load_contract
from llmdas.gate import judge
from llmdas.policy import load_policy
from llmdas.program import Program
from llmdas_sandbox import (
    Generator,
    Limits,
    Proxy,
    Request,
    Result,
    Rows,
    Sandbox,
    SandboxUnavailable,
    Scalar,
    open_sandbox,
)
from llmdas_sandbox.guest.guards import build_globals
from llmdas_sandbox.rootfs import ensure_root
from tests.sandbox.backends import unusable

POLICY = load_policy("numpy-scipy")
X = np.random.default_rng(0).normal(size=(40, 3))
HEAD = """
import numpy as np
import scipy.linalg as la
from scipy import special, stats
from scipy.spatial import KDTree, cKDTree, distance, distance_matrix
"""
# One program a module; together they use every listed name. `S` is a positive definite matrix, `v` and `w` positive.
SETUP = """
S = np.cov(X_train, rowvar=False) + np.eye(3)
v, w = np.abs(X_train[:, 0]) + 0.1, np.abs(X_train[:, 1]) + 0.1
"""
SPATIAL = """
made = [tree(X_train, leafsize=5) for tree in (KDTree, cKDTree)]
out = [tree.query(X_train, k=3) for tree in made] + [tree.query(X_train[0]) for tree in made]
near = made[0].query_ball_point(X_train, 0.7)
out += [len(rows) for rows in near] + [len(made[1].query_ball_point(X_train[0], r=1.0))]
out += [made[1].query_ball_point(X_train, 0.7, return_length=True), near.count(near[0])]
out += [distance_matrix(X_train, X_train[:5]), distance.squareform(distance.pdist(X_train))]
out += [distance.cdist(X_train, X_train[:5], "mahalanobis", VI=np.linalg.inv(S))]
out += [distance.cdist(X_train, X_train, lambda a, b: np.abs(a - b).max())]
out += [f(v, w) for f in (distance.cityblock, distance.cosine, distance.euclidean, distance.sqeuclidean)]
out += [f(v, w) for f in (distance.braycurtis, distance.canberra, distance.chebyshev, distance.correlation)]
out += [f(v, w) for f in (distance.hamming, distance.jensenshannon, distance.minkowski)]
out += [distance.mahalanobis(X_train[0], X_train[1], np.linalg.inv(S)), distance.seuclidean(v[:3], w[:3], np.ones(3))]
"""
SPECIAL = """
u = v / (1 + v)
one = (special.erf, special.erfinv, special.expit, special.gammaln, special.logit, special.ndtr, special.ndtri,
       special.cbrt, special.digamma, special.entr, special.erfc, special.erfcinv, special.exp10, special.expm1,
       special.gamma, special.i0, special.i1, special.j0, special.j1, special.log1p, special.log_expit,
       special.log_ndtr, special.psi)
two = (special.betaln, special.binom, special.chdtr, special.chdtri, special.gammainc, special.gammaincc,
       special.gammaincinv, special.huber, special.inv_boxcox, special.kl_div, special.pseudo_huber, special.rel_entr,
       special.stdtr, special.stdtrit, special.xlog1py, special.xlogy)
out = [f(u) for f in one] + [f(u, u) for f in two] + [special.betainc(1.5, 2.0, u), special.betaincinv(1.5, 2.0, u)]
out += [special.logsumexp(X_train, axis=1), special.softmax(X_train, axis=1), special.log_softmax(X_train, axis=1)]
out += [special.comb(5, 2), special.comb(5, 2, exact=True), special.multigammaln(4.0, 2), special.erf.reduce is None]
"""
LINALG = """
try:
    la.cholesky(-S)
except la.LinAlgError:
    out = []
out += [f(S) for f in (la.cholesky, la.det, la.eigvalsh, la.inv, la.norm, la.pinv, la.pinvh, la.orth, la.expm)]
out += [f(S) for f in (la.sqrtm, la.eig, la.eigh, la.qr, la.svd, la.lu, la.polar, la.eigvals, la.svdvals)]
out += [la.lstsq(X_train, v)[0], la.null_space(X_train[:2]), la.solve(S, v[:3], assume_a="pos"), la.block_diag(S, S)]
out += [la.cho_solve(la.cho_factor(S), v[:3]), la.toeplitz(v[:3])]
out += [la.solve_triangular(la.cholesky(S, lower=True), v[:3], lower=True), la.subspace_angles(S[:, :1], S[:, 1:2])]
"""
STATS = """
out = [f(v) for f in (stats.entropy, stats.iqr, stats.kurtosis, stats.median_abs_deviation, stats.rankdata, stats.skew)]
out += [f(v) for f in (stats.zscore, stats.gmean, stats.hmean, stats.mode, stats.sem, stats.tmean, stats.tstd)]
out += [f(v, w) for f in (stats.pearsonr, stats.spearmanr, stats.wasserstein_distance, stats.energy_distance)]
out += [f(v, w) for f in (stats.kendalltau, stats.ks_2samp)] + [stats.variation(v), stats.percentileofscore(v, 0.5)]
out += [f(v, 0.1) for f in (stats.trim_mean, stats.trimboth)] + [stats.zscore(X_train, axis=0, nan_policy="omit")]
out += [stats.spearmanr(v, w).statistic, stats.pearsonr(v, w).pvalue, stats.spearmanr(v, w).correlation]
shape = {0: (stats.cauchy, stats.expon, stats.laplace, stats.norm, stats.uniform, stats.gumbel_l, stats.gumbel_r,
             stats.halfnorm, stats.logistic, stats.rayleigh),
         1: (stats.chi2, stats.gamma, stats.lognorm, stats.pareto, stats.t, stats.exponnorm, stats.genextreme,
             stats.genpareto, stats.invgamma, stats.powerlaw, stats.skewnorm, stats.weibull_min),
         2: (stats.beta, stats.f)}
fixed = [law(*[2.5] * n) for n, laws in shape.items() for law in laws]
fixed += [stats.truncnorm(-1.0, 1.0), stats.triang(0.5), stats.loguniform(0.1, 10.0), stats.norm(loc=1.0, scale=2.0)]
for law in fixed:
    out += [law.cdf(v), law.pdf(v), law.sf(v), law.ppf(0.3), law.isf(0.3), law.logpdf(v), law.rvs(3, random_state=rng)]
    out += [law.logcdf(v), law.logsf(v), law.median(), law.mean(), law.std(), law.var(), law.interval(0.9)]
out += [stats.norm.rvs(size=(3, 2)), stats.norm.cdf(v, loc=1.0), stats.t.ppf(0.9, 4)]
for law in (stats.multivariate_normal(np.zeros(3), S), stats.multivariate_t(np.zeros(3), S, df=4)):
    out += [law.pdf(X_train), law.logpdf(X_train), law.rvs(4, random_state=rng)]
density = stats.gaussian_kde(X_train.T, bw_method=0.5)
out += [density(X_train.T), density.evaluate(X_train.T), density.pdf(X_train.T), density.logpdf(X_train.T)]
out += [density.resample(5, seed=rng), stats.multivariate_normal.pdf(X_train, np.zeros(3), S)]
"""
MODULES = {"scipy.spatial": SPATIAL, "scipy.special": SPECIAL, "scipy.linalg": LINALG, "scipy.stats": STATS}


@pytest.fixture(scope="module")
def scipy_box() -> Iterator[Sandbox]:
    try:
        sandbox = open_sandbox("bubblewrap", libraries=("scipy",))
    except SandboxUnavailable as error:
        unusable("bubblewrap", str(error))
    with sandbox:
        yield sandbox


def _source(body: str, returned: str) -> bytes:
    lines = textwrap.indent(f"{SETUP}{body}\n{returned}\n", "    ")
    return f"{HEAD}\ndef generate_hard_anomalies(n_samples, model, X_train, rng):\n{lines}".encode()


def _run(box: Sandbox, body: str, returned: str = "return X_train") -> Result:
    source = _source(body, returned)
    arguments = {
        "n_samples": Scalar(4),
        "model": Proxy({"predict_score": lambda rows: rows.sum(axis=1)}),
        "X_train": Rows(X),
        "rng": Generator(1),
    }
    digest = hashlib.sha256(source).hexdigest()
    guest, limits = POLICY.as_guest(), Limits(wall_s=30.0)
    return box.execute(Request(source, digest, "generate_hard_anomalies", arguments, guest, limits))


def test_every_listed_name_is_used_below() -> None:
    text = HEAD + "".join(MODULES.values())
    for name, module in POLICY.modules.items():
        if name.startswith("scipy"):
            missing = [member for member in module.attributes if not re.search(rf"\b{member}\b", text)]
            assert missing == [], name
    added = POLICY.attribute_names - load_policy().attribute_names
    assert [name for name in added if f".{name}" not in text] == []


@pytest.mark.parametrize("body", MODULES.values(), ids=MODULES)
def test_gate_accepts(body: str) -> None:
    program = Program(_source(body, "return X_train[:n_samples] + len(out)"))
    assert judge(program, POLICY, load_contract()).findings == ()
    refused = judge(program, load_policy(), load_contract())
    assert {finding.rule for finding in refused.findings} >= {"DAS201"}


@pytest.mark.bubblewrap
@pytest.mark.parametrize("body", MODULES.values(), ids=MODULES)
def test_every_name_works_under_the_second_filter(scipy_box: Sandbox, body: str) -> None:
    result = _run(scipy_box, body, "return np.ones((len(out), 1))")
    assert result.fault is None
    assert result.value is not None
    assert len(result.value) > 20


@pytest.mark.bubblewrap
def test_numbers_are_those_of_scipy(scipy_box: Sandbox) -> None:
    from scipy import linalg, spatial, special, stats

    body = (
        "d, i = cKDTree(X_train).query(X_train, k=2)\n"
        "out = [d[:, 1], i[:, 1], special.ndtr(v), stats.norm.pdf(v, 1.0, 2.0), la.norm(X_train, axis=1)]"
    )
    result = _run(scipy_box, body, "return np.column_stack(out)")
    d, i = spatial.cKDTree(X).query(X, k=2)
    v = np.abs(X[:, 0]) + 0.1
    expected = np.column_stack([d[:, 1], i[:, 1], special.ndtr(v), stats.norm.pdf(v, 1.0, 2.0), linalg.norm(X, axis=1)])
    assert result.fault is None
    assert np.allclose(result.value, expected, rtol=1e-12)


@pytest.mark.bubblewrap
def test_draws_follow_the_seed_of_the_job(scipy_box: Sandbox) -> None:
    body = "out = np.hstack([stats.norm.rvs(size=(4, 2)), stats.gaussian_kde(X_train.T).resample(4).T])"
    first, again = (_run(scipy_box, body, "return out").value for _ in range(2))
    assert first is not None
    assert np.array_equal(first, again)


REFUSED = {
    "threads": ("KDTree(X_train).query(X_train, workers=2)", "workers"),
    "threads by position": ("KDTree(X_train).query(X_train, 1, 0.0, 2.0, 9.0, 2)", "positional"),
    "threads of a ball": ("cKDTree(X_train).query_ball_point(X_train, 1.0, 2.0, 0.0, 2)", "positional"),
    "attribute of a tree": ("KDTree(X_train).n", "not permitted"),
    "inside of a law": ("stats.norm(0, 1).args", "not permitted"),
    "fit of a law": ("stats.norm.fit(v)", "not permitted"),
    "computed name": ("getattr(stats.norm, ''.join(['expe', 'ct']))", "not permitted"),
    "permitted name that is not there": ("stats.norm.query(v)", "does not exist"),
    "call of a tree": ("KDTree(X_train)(X_train)", "cannot be called"),
    "call of a fixed law": ("stats.norm(0, 1)(0, 1)", "cannot be called"),
    "function for a density": ("stats.gaussian_kde(X_train.T, bw_method=lambda kde: kde)", "takes no function"),
    "array of text": ("stats.rankdata(np.array(['a', 'b']))", "not permitted here"),
    "array of objects": ("stats.rankdata(np.zeros(1) + [10**30])", "not permitted here"),
    "objects from a list": ("stats.mode([len, len])", "numeric"),
    "dtype": ("stats.gmean(v, dtype=''.join(['O']))", "not a plain numeric one"),
    "dtype by position": ("stats.gmean(v, 0, ''.join(['O']))", "no callable log"),
    "write to a tree": ("tree = KDTree(X_train)\n    tree[0] = 1", "cannot be written"),
    "a small VI": ("distance.cdist(X_train, X_train, 'mahalanobis', VI=np.eye(2))", "VI has the shape"),
    "a small VI of pairs": ("distance.pdist(X=X_train, metric='mahalanobis', VI=[[1.0]])", "VI has the shape"),
    "unmeasured row numbers": ("la.lu_solve", "not permitted"),
    "hulls": ("from scipy.spatial import ConvexHull", "not permitted"),
    "quasi-random": ("from scipy.stats import qmc", "not permitted"),
    "late import": ("import scipy.optimize", "not permitted"),
    "late import of a file reader": ("import scipy.io as x", "not permitted"),
}


def _attempt(number: int, body: str, told: str) -> str:
    """Lines that note whether a body failed with the right words."""
    return (
        f"def case():\n    {body}\n"
        f"try:\n    case()\nexcept Exception as error:\n    out[{number}] = '{told}' in str(error)\n"
    )


@pytest.mark.bubblewrap
def test_no_way_leads_past_the_stand_ins(scipy_box: Sandbox) -> None:
    cases = "".join(_attempt(number, *case) for number, case in enumerate(REFUSED.values()))
    result = _run(scipy_box, f"out = np.zeros(({len(REFUSED)}, 1))\n{cases}", "return out")
    assert result.fault is None
    assert result.value is not None
    assert [name for name, refused in zip(REFUSED, result.value[:, 0], strict=True) if not refused] == []


@pytest.mark.bubblewrap
def test_what_is_told_to_overwrite_does_not_overwrite_read_only_rows(scipy_box: Sandbox) -> None:
    body = (
        "la.svd(X_train.T, True, True, True)\nla.svd(X_train, overwrite_a=True)\nla.qr(X_train.T, True)\n"
        "distance.cdist(X_train, X_train[:3], out=X_train)\n"
        "special.erf(X_train.copy())"
    )
    result = _run(scipy_box, body, "return X_train")
    assert result.fault is None
    assert np.array_equal(result.value, X)


@pytest.mark.bubblewrap
def test_a_tree_keeps_its_own_rows(scipy_box: Sandbox) -> None:
    body = "rows = X_train.copy()\ntree = cKDTree(rows, copy_data=False)\nrows[:] = 0.0"
    result = _run(scipy_box, body, "return tree.query(X_train)[0]")
    assert result.fault is None
    assert np.array_equal(result.value, np.zeros(len(X)))


@pytest.mark.bubblewrap
def test_the_plain_guest_carries_no_scipy(box: Sandbox, scipy_box: Sandbox) -> None:
    assert box.guest != scipy_box.guest
    roots = ensure_root(), ensure_root(libraries=("scipy",))
    assert [root.digest for root in roots] == [box.guest, scipy_box.guest]
    plain, with_scipy = ([entry.path for entry in root.entries] for root in roots)
    assert not any(path.startswith(("guest/scipy/", "guest/scipy.libs/")) for path in plain)
    assert any(path.startswith("guest/scipy/") for path in with_scipy)
    assert not any("test" in path.split("/") or "tests" in path.split("/") for path in with_scipy)


def test_a_library_without_stand_ins_or_an_object_that_nobody_judged_cannot_be_permitted() -> None:
    for module, name in (
        ("yaml", "safe_load"),
        ("scipy.stats", "rv_continuous"),
        ("scipy.spatial", "ConvexHull"),
        ("scipy.stats", "qmc"),
        ("scipy", "LowLevelCallable"),
        ("scipy.special", "errstate"),
    ):
        with pytest.raises(ValueError, match="no policy may permit"):
            build_globals([], {module: [name]}, [], lambda count: None)
