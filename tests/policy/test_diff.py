"""What a diff shows, when it says that a policy loosens another, and what the command line makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from llmdas.cli.main import main
from llmdas.contract import load_contract
from llmdas.policy import Policy, load_policy, profile_names
from llmdas.policy_diff import Change, diff, label
from llmdas.records import build
from llmdas.resources import resource
from tests.policy.profiles import REASON, group, write

BASE = load_policy()
Edit = Callable[[dict], None]


def _edited(folder: Path, edit: Edit) -> Path:
    whole = yaml.safe_load(resource("policies/policy.yaml").read_bytes())
    edit(whole)
    path = folder / "own.yaml"
    path.write_text(yaml.safe_dump(whole))
    return path


def _changes(tmp_path: Path, edit: Edit) -> tuple[Change, ...]:
    return diff(BASE, load_policy(path=_edited(tmp_path, edit))).changes


def test_equal_policies_differ_in_nothing(tmp_path: Path) -> None:
    same = load_policy(path=_edited(tmp_path, lambda whole: None))
    assert diff(BASE, same).changes == ()
    assert not diff(BASE, same).loosens
    assert diff(BASE, same).digests == (BASE.digest, same.digest)


def _holding(name: str, groups: list[dict]) -> dict:
    return next(one for one in groups if name in one["names"])


LOOSENING: dict[str, tuple[Edit, Change]] = {
    "builtin": (
        lambda whole: whole["builtins"].append(group("hash")),
        Change("builtins", "hash", "added", "", REASON, True),
    ),
    "syntax": (
        lambda whole: whole["syntax"].append(group("Yield")),
        Change("syntax", "Yield", "added", "", REASON, True),
    ),
    "member": (
        lambda whole: whole["modules"]["math"]["permits"].append(group("ulp")),
        Change("module math", "ulp", "added", "", REASON, True),
    ),
    "attribute": (
        lambda whole: whole["attributes"].append(group("mode", of="array")),
        Change("attributes of array", "mode", "added", "", REASON, True),
    ),
    "attribute of a new kind": (
        lambda whole: whole["attributes"].append(group("cdf", of="law")),
        Change("attributes of law", "cdf", "added", "", REASON, True),
    ),
    "limit": (
        lambda whole: whole["source"].update(max_bytes=65537),
        Change("limits", "max_bytes", "changed", "65536", "65537", True),
    ),
    "keyword": (
        lambda whole: whole["refused_keywords"].remove(_holding("metaclass", whole["refused_keywords"])),
        Change("refused keywords", "metaclass", "removed", "makes a class instead of a value", "", True),
    ),
    "ignorable": (
        lambda whole: whole["ignorable"].append(group("DAS502")),
        Change("ignorable", "DAS502", "added", "", REASON, True),
    ),
}
TIGHTENING: dict[str, tuple[Edit, Change]] = {
    "builtin": (
        lambda whole: whole["builtins"].remove(_holding("print", whole["builtins"])),
        Change("builtins", "print", "removed", "replaced in the sandbox by a counter that writes nothing", "", False),
    ),
    "module": (
        lambda whole: whole["modules"].pop("numpy.typing"),
        Change("modules", "numpy.typing", "removed", "names for annotations", "", False),
    ),
    "limit": (
        lambda whole: whole["source"].update(max_depth=59),
        Change("limits", "max_depth", "changed", "60", "59", False),
    ),
    "keyword": (
        lambda whole: whole["refused_keywords"].append(group("workers")),
        Change("refused keywords", "workers", "added", "", REASON, False),
    ),
    "reason": (
        lambda whole: whole["modules"]["math"].update(reason=REASON),
        Change("modules", "math", "reason", "scalar arithmetic of the C library", REASON, False),
    ),
    "prompt": (
        lambda whole: _holding("is_integer", whole["attributes"]).update(prompt=True),
        Change("attributes of number", "is_integer", "prompt", "not listed in prompts", "listed in prompts", False),
    ),
}


@pytest.mark.parametrize(("edit", "change"), LOOSENING.values(), ids=LOOSENING)
def test_what_permits_more_loosens(tmp_path: Path, edit: Edit, change: Change) -> None:
    assert change in _changes(tmp_path, edit)


@pytest.mark.parametrize(("edit", "change"), TIGHTENING.values(), ids=TIGHTENING)
def test_what_permits_less_or_says_more_does_not_loosen(tmp_path: Path, edit: Edit, change: Change) -> None:
    changes = _changes(tmp_path, edit)
    assert change in changes
    assert not any(one.loosens for one in changes)


def test_a_new_module_shows_itself_its_alias_and_its_members(tmp_path: Path) -> None:
    module = {"reason": REASON, "aliases": ["sts"], "permits": [group("fmean", "median")]}
    changes = diff(BASE, load_policy(path=write(tmp_path / "own.yaml", modules={"statistics": module}))).changes
    assert [(change.where, change.name) for change in changes] == [
        ("modules", "statistics"),
        ("aliases", "sts"),
        ("module statistics", "fmean"),
        ("module statistics", "median"),
    ]


@given(st.sampled_from(profile_names()), st.sampled_from(profile_names()), st.booleans())
@settings(max_examples=18, deadline=None)
def test_there_and_back_shows_the_same_names(one: str, two: str, contract: bool) -> None:
    a, b = load_policy(one), load_policy(two)
    b = b.under(load_contract("das/paper")) if contract else b
    there, back = diff(a, b), diff(b, a)
    swapped = {"added": "removed", "removed": "added"}
    assert {(c.where, c.name, swapped.get(c.kind, c.kind)) for c in there.changes} == {
        (c.where, c.name, c.kind) for c in back.changes
    }
    assert (there.before, there.after) == (label(a), label(b))
    if one == two and not contract:
        assert there.changes == ()


def _run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    try:
        code = main(["policy", *words])
    except SystemExit as end:
        code = int(end.code or 0)
    seen = capsys.readouterr()
    return code, seen.out, seen.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["diff", "numpy", "numpy"], 0),
        (["diff", "numpy", "numpy-scipy"], 1),
        (["diff", "numpy", "--contract", "das/paper"], 1),
        (["diff", "numpy", "--contract", "das/1"], 0),
        (["diff", "numpy-scipy", "numpy"], 1),  # it refuses keywords that numpy does not
        (["diff", "numpy"], 2),
        (["diff", "numpy", "numpi"], 2),
        (["diff", "numpy", "nowhere/own.yaml"], 2),
        (["diff", "numpy", "--contract", "das/9"], 2),
        (["diff"], 2),
        (["show", "torch"], 0),
        (["show", "numpy", "--contract", "das/paper"], 0),
        (["show", "numpi"], 2),
        (["show"], 2),
        ([], 2),
    ],
)
def test_exit_codes(capsys: pytest.CaptureFixture[str], words: list[str], code: int) -> None:
    got, out, err = _run(capsys, *words)
    assert got == code
    assert bool(out) == (code != 2)
    assert bool(err) == (code == 2)
    assert err.count("\n") <= 1


def test_text_of_a_diff_gives_each_addition_with_its_reason(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    own = write(tmp_path / "own.yaml", builtins=[group("ascii", "hash")], attributes=[group("cdf", of="law")])
    code, out, _ = _run(capsys, "diff", "numpy", str(own))
    assert code == 1
    assert f"builtins\n  + ascii, hash\n      {REASON}\n" in out
    assert f"attributes of law\n  + cdf\n      {REASON}\n" in out
    assert out.endswith("own loosens numpy in 3 of 3 differences.\n")
    code, out, _ = _run(capsys, "diff", str(own), "numpy")
    assert code == 0
    assert "  - ascii, hash\n" in out
    assert out.endswith("numpy permits nothing that own does not.\n")


def test_text_of_a_diff_shows_limits_and_reasons(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    def edit(whole: dict) -> None:
        whole["source"]["max_bytes"] = 1000
        whole["modules"]["math"]["reason"] = REASON

    code, out, _ = _run(capsys, "diff", "numpy", str(_edited(tmp_path, edit)))
    assert code == 0
    assert "limits\n  ~ max_bytes: 65536 -> 1000\n" in out
    assert f"  ~ math: scalar arithmetic of the C library -> {REASON}\n" in out


def test_json_holds_what_the_record_holds(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _run(capsys, "diff", "numpy", "numpy-scipy", "--json")
    expected = diff(BASE, load_policy("numpy-scipy"))
    assert code == 1
    assert json.loads(out) == json.loads(json.dumps(expected.as_json()))
    code, out, _ = _run(capsys, "show", "numpy-scipy", "--json")
    assert code == 0
    assert build(Policy, json.loads(out)) == load_policy("numpy-scipy")


def test_show_names_everything_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = _run(capsys, "show", "numpy-scipy", "--contract", "das/paper")
    policy = load_policy("numpy-scipy").under(load_contract("das/paper"))
    words = set(out.replace(",", " ").split())
    names = {name for module in policy.modules.values() for name in module.attributes}
    assert names | policy.attribute_names | policy.builtin_names | policy.syntax_names <= words
    flat = " ".join(out.split())
    assert all(permit.reason in flat for module in policy.modules.values() for permit in module.permits)
    assert out.startswith("numpy-scipy+das/paper, extends numpy\n")


@pytest.mark.parametrize("profile", [name for name in profile_names() if name != "numpy"])
def test_docs_count_what_a_profile_adds(profile: str) -> None:
    docs = (Path(__file__).resolve().parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
    row = next(line for line in docs.splitlines() if line.startswith(f"| `{profile}` |"))
    changes = diff(BASE, load_policy(profile)).changes
    modules = {change.name for change in changes if change.where == "modules"}
    members = [c for c in changes if c.where.startswith("module ") and f"{c.where[7:]}.{c.name}" not in modules]
    attributes = [change for change in changes if change.where.startswith("attributes ")]
    assert f"{len(members)} members of" in row
    assert f"{len(attributes)} attributes of" in row
