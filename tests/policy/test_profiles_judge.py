"""Verdicts under each profile: what it adds passes, what it leaves out does not, and the remedy fits the profile."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from llmdas.contract import load_contract
from llmdas.gate.inspection import inspect
from llmdas.gate.rules import load_rules
from llmdas.gate.terms import terms_of
from llmdas.policy import load_policy
from llmdas.program import Finding

HEAD = "def generate_hard_anomalies(n_samples, model, X_train{}):\n"


def _look(profile: str, imports: Iterable[str], body: str, contract: str = "das/1") -> tuple[Finding, ...]:
    terms = terms_of(load_policy(profile), load_contract(contract), load_rules())
    head = HEAD.format(", rng" if contract == "das/1" else "")
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    return inspect("".join([*(f"{line}\n" for line in imports), head, lines]).encode(), terms)


TENSORS = """\
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
seed = torch.Generator(device=device).manual_seed(int(rng.integers(2**31)))
X: torch.Tensor = torch.tensor(X_train, dtype=torch.float32, device=device)
with torch.no_grad():
    centred = X - X.mean(dim=0, keepdim=True)
    U, S, Vh = torch.linalg.svd(centred, full_matrices=False)
    noise = torch.randn((n_samples, X.shape[1]), generator=seed, device=device)
    rows = noise @ torch.diag(S) @ Vh + F.normalize(noise, dim=1).clamp(-1.0, 1.0).unsqueeze(0).squeeze(0)
if not isinstance(rows, torch.Tensor):
    raise ValueError("no tensor")
return rows.detach().cpu().double().numpy()"""


def test_a_program_on_tensors_passes_under_torch_alone() -> None:
    imports = ("import torch", "import torch.nn.functional as F")
    assert _look("torch", imports, TENSORS) == ()
    for profile in ("numpy", "numpy-scipy"):
        assert {finding.rule for finding in _look(profile, imports, TENSORS)} >= {"DAS201"}


@pytest.mark.parametrize(
    ("line", "rule", "remedy"),
    [
        ("x = torch.load('weights.pt')", "DAS202", ""),
        ("x = torch.jit.script(model)", "DAS202", ""),
        ("x = torch.utils.data", "DAS202", ""),
        ("x = torch.from_numpy(X_train)", "DAS202", "`torch.tensor`"),
        ("x = torch.as_tensor(X_train)", "DAS202", "`torch.tensor`"),
        ("x = torch.tensor(X_train, requires_grad=True)", "DAS210", ""),
        ("x = torch.zeros(3).register_hook(print)", "DAS205", ""),
        ("x = torch.zeros(3).view(3, 1)", "DAS205", ""),
        ("x = torch.zeros(3).untyped_storage()", "DAS205", ""),
        ("x = torch.Tensor(X_train)", "DAS216", "`torch.tensor`"),
        ("x = X_train.numpy()", "DAS205", ""),
        ("import sklearn", "DAS201", "numpy or torch"),
        ("import torch.multiprocessing", "DAS201", "Use what `torch` offers"),
    ],
)
def test_files_code_and_memory_of_torch_are_refused(line: str, rule: str, remedy: str) -> None:
    found = _look("torch", ("import torch",), f"{line}\nreturn X_train[rng.integers(0, len(X_train), n_samples)] + 1.0")
    assert [finding.rule for finding in found] == [rule]
    assert remedy in found[0].remedy


@pytest.mark.parametrize(
    ("imports", "line", "rule", "remedy"),
    [
        ("import scipy.stats as st", "x = st.norm.fit(X_train)", "DAS205", ""),
        ("from scipy import spatial", "x = spatial.ConvexHull(X_train)", "DAS202", ""),
        ("from scipy.spatial import KDTree", "x = KDTree(X_train).query(X_train, workers=-1)", "DAS210", ""),
        ("import scipy.linalg", "x = scipy.linalg.inv(X_train, overwrite_a=True)", "DAS210", ""),
        ("from scipy import LowLevelCallable", "x = 1", "DAS202", ""),
        ("import scipy.io", "x = 1", "DAS201", "Use what `scipy` offers"),
        ("import torch", "x = 1", "DAS201", "numpy or scipy"),
        ("from scipy.stats import norm", "x = norm.dist", "DAS205", ""),
    ],
)
def test_what_scipy_offers_beyond_the_list_is_refused(imports: str, line: str, rule: str, remedy: str) -> None:
    body = f"{line}\nreturn X_train[rng.integers(0, len(X_train), n_samples)] + 1.0"
    found = _look("numpy-scipy", (imports,), body)
    assert [finding.rule for finding in found] == [rule]
    assert remedy in found[0].remedy


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("x = np.random.RandomState(0)", "their generator is seeded already"),
        ("x = np.random.get_state()", "their generator is seeded already"),
        ("x = np.random.standart_normal(3)", "`numpy.random.standard_normal`"),
    ],
)
def test_remedies_of_a_contract_without_a_generator(line: str, remedy: str) -> None:
    body = f"{line}\nreturn np.random.normal(size=(n_samples, X_train.shape[1]))"
    found = _look("numpy", ("import numpy as np",), body, "das/paper")
    assert [finding.rule for finding in found] == ["DAS202"]
    assert remedy in found[0].remedy
