"""Profiles: each adds to its parent, takes nothing away, and says so in one sentence when a file tries to."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmdas import policy as policies
from llmdas.cli.main import main
from llmdas.errors import ResourceError
from llmdas.gate.bundle import bundle_digest
from llmdas.gate.rules import load_rules
from llmdas.policy import Policy, _Whole, load_policy, profile_names
from llmdas.policy_diff import diff
from llmdas.policy_text import policy_text
from llmdas.resources import resource
from llmdas.review.settings import settings_near
from tests.policy.profiles import REASON, group, write

ADDED = [name for name in profile_names() if name != "numpy"]


def _everything(policy: Policy) -> set[tuple[str, str]]:
    lists = {
        "syntax": policy.syntax_names,
        "builtin": policy.builtin_names,
        "attribute": policy.attribute_names,
        "keyword": policy.refused_keyword_names,
        "ignorable": policy.ignorable.keys(),
        **{f"module {name}": module.attributes for name, module in policy.modules.items()},
    }
    return {(where, name) for where, names in lists.items() for name in names}


def test_profiles_that_ship() -> None:
    assert profile_names() == ("numpy", "numpy-scipy", "torch")
    for name in profile_names():
        policy = load_policy(name)
        assert policy.profile == name
        assert policy.extends == (() if name == "numpy" else ("numpy",))


@pytest.mark.parametrize("name", ADDED)
def test_profile_keeps_all_of_its_parent_and_adds_something(name: str) -> None:
    parent, child = load_policy(), load_policy(name)
    assert _everything(parent) < _everything(child)
    assert child.source == parent.source
    for change in diff(parent, child).changes:
        assert change.kind == "added"
        assert len(change.after) >= 10


def test_numpy_is_the_file_itself() -> None:
    raw = resource("policies/policy.yaml").read_bytes()
    assert load_policy() == load_policy("numpy") == load_policy(path=resource("policies/policy.yaml"))
    assert load_policy().digest == hashlib.sha256(raw).hexdigest()


def test_text_of_the_default_profile_is_the_one_that_recorded_answers_were_asked_with() -> None:
    digest = hashlib.sha256(policy_text(load_policy()).encode()).hexdigest()
    assert digest == "49d8b8ff173b2c70e39b6d28bf595187d4957316bad69cdc4961317510414b68"


@pytest.mark.parametrize("name", ADDED)
def test_text_of_a_profile_shows_what_it_adds(name: str) -> None:
    policy = load_policy(name)
    text = policy_text(policy)
    for permit in policy.attributes:
        assert all(word in text for word in permit.names if permit.prompt)
    assert all(f"`{module}`" in text for module in policy.modules)


def test_text_shows_kinds_of_objects_that_nobody_foresaw(tmp_path: Path) -> None:
    own = load_policy(path=write(tmp_path / "own.yaml", attributes=[group("centroids", of="clustering")]))
    assert "On objects of the kind clustering: centroids" in policy_text(own)


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = Path(shutil.copytree(resource("policies"), tmp_path / "policies"))
    monkeypatch.setattr(policies, "resource", lambda relative: tmp_path / relative)
    return folder


def test_digest_of_a_profile_covers_its_file_and_its_parents(shipped: Path) -> None:
    def digests() -> dict[str, tuple[str, str]]:
        return {name: (load_policy(name).digest, bundle_digest(load_policy(name))) for name in profile_names()}

    before = digests()
    assert len({digest for both in before.values() for digest in both}) == 6
    own = shipped / "profiles" / "numpy-scipy.yaml"
    own.write_bytes(own.read_bytes() + b"\n# changed\n")
    after = digests()
    assert {name for name in before if before[name] != after[name]} == {"numpy-scipy"}
    root = shipped / "policy.yaml"
    root.write_bytes(root.read_bytes() + b"\n# changed\n")
    last = digests()
    for name in before:
        assert last[name][0] != after[name][0]
        assert last[name][1] != after[name][1]


def test_profile_of_ones_own_may_extend_another_file(tmp_path: Path) -> None:
    write(tmp_path / "team.yaml", builtins=[group("ascii")])
    own = load_policy(path=write(tmp_path / "project.yaml", extends="team.yaml", builtins=[group("hash")]))
    assert own.extends == ("team", "numpy")
    assert own.builtin_names == load_policy().builtin_names | {"ascii", "hash"}
    before = own.digest
    write(tmp_path / "team.yaml", builtins=[group("ascii", "bin")])
    assert load_policy(path=tmp_path / "project.yaml").digest != before


NEW_MODULE = {"statistics": {"reason": REASON, "permits": [group("fmean")]}}


@pytest.mark.parametrize(
    "content",
    [
        {"builtins": [group("ascii")]},
        {"syntax": [group("Await")]},
        {"modules": NEW_MODULE},
        {"modules": {"math": {"permits": [group("ulp")]}}},
        {"attributes": [group("hypot", of="array")]},
        {"refused_keywords": [group("workers")]},
        {"ignorable": [group("DAS502")]},
        {},
    ],
    ids=str,
)
def test_additions_load(tmp_path: Path, content: dict[str, Any]) -> None:
    own = load_policy(path=write(tmp_path / "own.yaml", **content))
    assert _everything(own) >= _everything(load_policy())
    assert own.digest != load_policy().digest
    assert own.profile == "own"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "limits": ({"source": {"max_bytes": 1}}, "would change source"),
    "a word for removing": ({"remove": ["numpy"]}, "remove: Extra inputs"),
    "no parent": ({"extends": None}, "source: Field required"),
    "unknown parent": ({"extends": "numpi"}, "no policy profile 'numpi'"),
    "missing file": ({"extends": "nowhere.yaml"}, "cannot be read"),
    "itself": ({"extends": "own.yaml"}, "extends itself"),
    "no reason": ({"builtins": [{"names": ["ascii"]}]}, "reason: Field required"),
    "empty reason": ({"builtins": [{"names": ["ascii"], "reason": ""}]}, "reason: String should have at least 10"),
    "module, no reason": ({"modules": {"statistics": {"permits": [group("fmean")]}}}, "statistics without a reason"),
    "reason of a module": ({"modules": {"math": {"reason": REASON, "permits": [group("ulp")]}}}, "reason or aliases"),
    "alias of a module": ({"modules": {"math": {"aliases": ["m"], "permits": [group("ulp")]}}}, "reason or aliases"),
    "alias taken": ({"modules": {"cmath": {**NEW_MODULE["statistics"], "aliases": ["np"]}}}, "alias np"),
    "builtin twice": ({"builtins": [group("len")]}, "len under builtins, where it stands already"),
    "member twice": ({"modules": {"math": {"permits": [group("pi")]}}}, "pi under the module math"),
    "twice in itself": ({"builtins": [group("ascii"), group("ascii")]}, "ascii under builtins"),
    "two kinds": ({"attributes": [group("sum", of="tensor")]}, r"sum under attributes.*of array and of tensor"),
    "two kinds in itself": (
        {"attributes": [group("cdf", of="tree"), group("cdf", of="test")]}, r"cdf.*of tree and of test"
    ),
    "no kind": ({"attributes": [group("cdf")]}, "cdf under attributes wrongly"),
    "kind of a builtin": ({"builtins": [group("ascii", of="array")]}, "ascii under builtins wrongly"),
    "keyword refused twice": ({"refused_keywords": [group("allow_pickle")]}, "allow_pickle under refused keywords"),
    "ignorable twice": ({"ignorable": [group("DAS406")]}, "DAS406 under ignorable"),
    "error to ignore": ({"ignorable": [group("DAS203")]}, "DAS203 under ignorable"),
    "no list": ({"builtins": "ascii"}, "builtins: Input should be a valid tuple"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "told"), WRONG.values(), ids=WRONG)
def test_what_does_more_than_add_is_refused_in_one_sentence(tmp_path: Path, content: dict[str, Any], told: str) -> None:
    with pytest.raises(ResourceError, match=told) as caught:
        load_policy(path=write(tmp_path / "own.yaml", **content))
    assert ".yaml" in caught.value.problem or "no policy profile" in caught.value.problem
    assert "https://" not in str(caught.value)


def test_a_ring_of_profiles_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", extends="b.yaml")
    write(tmp_path / "b.yaml", extends="c.yaml")
    with pytest.raises(ResourceError, match="extends itself"):
        load_policy(path=write(tmp_path / "c.yaml", extends="a.yaml"))


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"[]", "not a mapping"),
        (b"profile: [own", "line"),
        (b"profile: own\nextends: numpy\nbuiltins: []\nbuiltins: []\n", "builtins stands twice"),
        (b"\xff\xfe\x00", "does not load"),
        (b"", "not a mapping"),
        (b"profile: !!python/object/apply:os.getcwd []\n", "does not load"),
    ],
)
def test_a_file_that_is_not_exactly_right_does_not_load(tmp_path: Path, raw: bytes, told: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_bytes(raw)
    with pytest.raises(ResourceError, match=told):
        load_policy(path=path)


@pytest.mark.parametrize("name", ["base.yaml", "base.yml", "./base", "sub/base"])
def test_commands_settings_and_extends_know_a_policy_file_by_the_same_rule(name, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("profile: base\nextends: numpy\n")
    (tmp_path / "top.yaml").write_text(f"profile: top\nextends: {name}\n")
    (tmp_path / "pyproject.toml").write_text(f"[tool.llmdas.check]\nprofile = '{name}'\n")
    assert load_policy(path=tmp_path / "top.yaml").extends == ("base", "numpy")
    assert settings_near(tmp_path).profile == str(tmp_path / name)
    assert main(["policy", "show", name]) == main(["rules", "--profile", name]) == 0


def test_a_field_of_a_policy_is_declared_once() -> None:
    own = vars(Policy)["__annotations__"].keys() & vars(_Whole)["__annotations__"].keys()
    assert own == {"ignorable"}, "groups of names in a file, a reason for each name in a policy"
    assert {field.name for field in fields(_Whole)} < {field.name for field in fields(Policy)}


def test_unknown_profile_names_those_that_exist() -> None:
    for name in ("scipy", "", "../policy", "numpy.yaml"):
        with pytest.raises(ResourceError, match="numpy, numpy-scipy or torch"):
            load_policy(name)


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
)


@given(
    st.dictionaries(
        st.sampled_from(
            ["syntax", "builtins", "modules", "attributes", "refused_keywords", "ignorable", "source", "x"]
        ),
        JSON
        | st.lists(
            st.fixed_dictionaries({"names": st.lists(TEXT, min_size=1, max_size=3), "reason": TEXT}), max_size=3
        ),
    )
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_profile_adds_or_does_not_load(tmp_path: Path, content: dict[str, Any]) -> None:
    try:
        own = load_policy(path=write(tmp_path / "own.yaml", **content))
    except ResourceError:
        return
    assert _everything(own) >= _everything(load_policy())
    assert own.source == load_policy().source


def test_rules_to_ignore_are_warnings_about_style() -> None:
    severities = {rule.metadata.id: rule.severity for rule in load_rules()}
    for name in profile_names():
        for rule, reason in load_policy(name).ignorable.items():
            assert severities[rule] == "warning"
            assert reason.startswith("style")
