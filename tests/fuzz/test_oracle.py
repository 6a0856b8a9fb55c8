"""The second opinion can tell good from bad: it objects to refused samples of every class and to no accepted one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from llmdas.contract import load_contract
from llmdas.gate.rules import load_rules
from llmdas.gate.terms import Terms, terms_of
from llmdas.policy import load_policy, profile_names

from .grammar import PROGRAMS
from .oracle import NEVER_ATTRIBUTES, NEVER_KEYWORDS, NEVER_NAMES, NEVER_NODES, objections

HEAD = "import numpy as np\n\n\ndef generate_hard_anomalies(n_samples, model, X_train, rng):\n"
TAIL = "    return X_train[:n_samples] + 1.0\n"
# Rules on whose samples the oracle has to agree: what it was written to know.
COMMON = {"DAS201", "DAS203", "DAS204", "DAS208", "DAS212", "DAS214", "DAS306"}
REFUSED = [
    path
    for path in sorted((PROGRAMS / "reject").glob("*.py"))
    if (named := set(re.findall(r"DAS\d{3}", path.read_text("utf-8", "replace").split("\n", 1)[0]))) and named <= COMMON
]


@pytest.mark.parametrize("path", sorted((PROGRAMS / "accept").glob("*.py")), ids=lambda path: path.stem)
def test_no_objection_to_an_accepted_sample(path: Path, terms: Terms) -> None:
    assert objections(path.read_bytes(), terms) == []


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_an_objection_to_a_refused_sample(path: Path, terms: Terms) -> None:
    assert objections(path.read_bytes(), terms)


@pytest.mark.parametrize(
    ("line", "objection"),
    [
        ("x = X_train._data", "attribute _data"),
        ("x = X_train.ctypes", "attribute ctypes"),
        ("x = X_train.unheard_of", "unlisted attribute unheard_of"),
        ("x = np.load", "attribute load"),
        ("x = np.sqrt.predict_score", None),  # both stand somewhere in the policy; whose they are is beyond the oracle
        ("x = np.predict_score", "unlisted numpy.predict_score"),
        ("import os", "import os"),
        ("from numpy import load", "from numpy import load"),
        ("from . import x", "from . import x"),
        ("x = eval", "name eval"),
        ("x = nowhere", "name nowhere"),
        ("_x_ = 1", "internal name _x_"),
        ("x = getattr", "getattr as a value"),
        ("x = getattr(X_train, 'a' + 'b')", "getattr of None"),
        ("x = getattr(X_train, 'base')", "getattr of 'base'"),
        ("x = np.array([1], like=X_train)", "keyword like"),
        ("X_train.shape = 1", "written attribute shape"),
        ("class A: pass", "syntax ClassDef"),
        ("x = b''", "bytes"),
        ("\u212b = 1", "a name with letters outside ASCII"),
        ("x = '\u212b'", None),
        ("x = f'{\uff4e_samples}'", "a name with letters outside ASCII"),
        ("x = '\u202e'", "character U+202E"),
    ],
)
def test_lines(line: str, objection: str | None, terms: Terms) -> None:
    found = objections(f"{HEAD}    {line}\n{TAIL}".encode(), terms)
    assert (objection in found) if objection else found == []


@pytest.mark.parametrize(
    ("source", "objection"),
    [
        ("type: int\n" + HEAD + "    x = type(X_train)\n" + TAIL, "name type"),
        ("print(1)\n" + HEAD + TAIL, "an expression at module level"),
        ("if 1:\n    pass\n" + HEAD + TAIL, "If at module level"),
        ("x = print()\n" + HEAD + TAIL, "a call at module level"),
        (HEAD.replace("n_samples", "n_samples: print()") + TAIL, "a call in a signature"),
        (HEAD.replace("rng)", "rng=print())") + TAIL, "a call in a default"),
        (HEAD.replace("rng)", "rng=1)") + TAIL, "another interface"),
        (HEAD + TAIL + HEAD + TAIL, "2 functions generate_hard_anomalies"),
        (HEAD.replace("def ", "@print\ndef ") + TAIL, "decorator on generate_hard_anomalies"),
    ],
)
def test_sources(source: str, objection: str, terms: Terms) -> None:
    assert objection in objections(source.encode(), terms)


@pytest.mark.parametrize("contract", ["das/1", "das/paper"])
@pytest.mark.parametrize("profile", profile_names())
def test_no_profile_permits_what_is_never_harmless(profile: str, contract: str) -> None:
    terms = terms_of(load_policy(profile), load_contract(contract), load_rules())
    permitted = terms.attribute_names.union(*terms.modules.values())
    assert not permitted & NEVER_ATTRIBUTES
    assert not terms.builtins & NEVER_NAMES
    assert not terms.syntax & NEVER_NODES
    assert terms.keywords.keys() >= NEVER_KEYWORDS
