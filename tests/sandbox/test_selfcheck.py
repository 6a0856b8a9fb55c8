"""The self-check at the level that is used, and the account that `llmdas doctor` gives of it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmdas.cli.main import main as llmdas_main
from llmdas_sandbox import Sandbox, SandboxUnavailable, __version__, open_sandbox
from llmdas_sandbox.__main__ import main
from llmdas_sandbox.controls import CONTROLS, due
from llmdas_sandbox.doctor import FORMAT, PLACES, Examined, as_json, examine, places, verdict
from llmdas_sandbox.doctor_text import WIDTH, as_text
from llmdas_sandbox.limits import Limits
from llmdas_sandbox.rootfs import GuestRoot
from llmdas_sandbox.selfcheck import Check, checked_before, code_digest, quick_check, remember, selfcheck, settle
from llmdas_sandbox.warm import WarmSandbox
from tests.sandbox.backends import make, public_folder, unusable, why_not
from tests.sandbox.test_selfcheck_breaks import changed, shared

REPOSITORY = Path(__file__).parents[2]
_REQUIRED = {"check": ["x.py"], "explain": ["import"], "policy show": ["default"]}  # words that these must have
BACKENDS = [
    pytest.param(("bubblewrap", "warm"), marks=pytest.mark.bubblewrap, id="bubblewrap-warm"),
    pytest.param(("docker", "warm"), marks=pytest.mark.docker, id="docker-warm"),
]


@pytest.fixture(params=BACKENDS)
def warm(request: pytest.FixtureRequest, root: GuestRoot) -> Iterator[WarmSandbox]:
    backend, _ = request.param
    if reason := why_not(backend, root):
        unusable(backend, reason)
    with WarmSandbox(make(backend, root)) as opened:
        yield opened


@pytest.fixture
def bwrap(root: GuestRoot) -> None:
    if reason := why_not("bubblewrap", root):
        unusable("bubblewrap", reason)


def test_every_control_of_a_warm_sandbox_is_measured_and_holds(warm: WarmSandbox) -> None:
    checks = selfcheck(warm)
    assert [check for check in checks if not check.passed] == []
    assert [check.name for check in checks] == list(due(warm.backend, "warm", full=True))
    assert {"zygote_out_of_reach", "earlier_programs_gone", "owners_parted"} <= {check.name for check in checks}


def test_limits_are_reported_with_value_and_where_they_bit(warm: WarmSandbox) -> None:
    told = {check.name: (check.limit, check.actual) for check in selfcheck(warm) if check.limit is not None}
    assert told["output_limit"] == (800, 808)
    assert told["printed_limit"] == (100, 101)
    assert told["callback_calls_limit"] == (3, 4)
    assert told["callback_rows_limit"] == (8, 12)
    assert told["frame_limit"] == (2000, 2008)
    assert told["open_files_limit"] == (32, 32)
    assert told["nothing_stored"] == (0, 0)
    for name in ("wall_limit", "cpu_limit"):
        assert told[name][1] >= told[name][0]
    assert 0 < told["memory_limit"][1] <= told["memory_limit"][0]


@pytest.mark.bubblewrap
def test_quick_check_starts_one_guest(bwrap: None, root: GuestRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = make("bubblewrap", root)
    started: list[str] = []
    for name in ("launch", "launch_zygote"):
        plain = getattr(sandbox, name)
        monkeypatch.setattr(sandbox, name, lambda *words, plain=plain, name=name: started.append(name) or plain(*words))
    for opened, expected in ((sandbox, ["launch"]), (WarmSandbox(sandbox), ["launch_zygote"])):
        started.clear()
        assert all(check.passed for check in quick_check(opened))
        assert started == expected


@pytest.mark.bubblewrap
def test_note_of_one_level_says_nothing_about_another(bwrap: None, root: GuestRoot, tmp_path: Path) -> None:
    sandbox = make("bubblewrap", root)
    remember(sandbox, tmp_path)
    assert checked_before(sandbox, tmp_path)
    assert not checked_before(WarmSandbox(sandbox), tmp_path)
    remember(WarmSandbox(sandbox), tmp_path)
    assert checked_before(WarmSandbox(sandbox), tmp_path)


@pytest.mark.bubblewrap
def test_control_that_failed_is_refused_until_a_full_check_passes(bwrap: None, root: GuestRoot, tmp_path: Path) -> None:
    sandbox = make("bubblewrap", root)
    bad, good = [Check("not_root", True, ""), Check("wall_limit", False, "late")], [Check("wall_limit", True, "")]
    remember(sandbox, tmp_path)
    settle(sandbox, tmp_path, bad, full=True)
    with pytest.raises(SandboxUnavailable, match=r"controls failed here \(wall_limit\)") as refused:
        checked_before(sandbox, tmp_path)
    assert refused.value.remedy.startswith("Run llmdas doctor --backend bubblewrap --level fresh ")
    assert not checked_before(WarmSandbox(sandbox), tmp_path)  # another level: not measured, not refused
    settle(sandbox, tmp_path, good, full=False)
    with pytest.raises(SandboxUnavailable):
        checked_before(sandbox, tmp_path)
    settle(sandbox, tmp_path, good, full=True)
    assert checked_before(sandbox, tmp_path)


@pytest.mark.bubblewrap
def test_sandbox_that_doctor_found_failing_is_not_opened(bwrap: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a control that no quick check measures; in a cache of its own, for the note must not meet other tests."""
    place = public_folder()
    monkeypatch.setattr("llmdas_sandbox.doctor.selfcheck", lambda sandbox: (Check("wall_limit", False, "late"),))
    try:
        open_sandbox("bubblewrap", level="fresh", cache=place).close()
        (found,) = examine([("bubblewrap", "fresh")], cache=place)
        assert not found.passed
        with pytest.raises(SandboxUnavailable, match="wall_limit"):
            open_sandbox("bubblewrap", level="fresh", cache=place)
        monkeypatch.undo()
        (found,) = examine([("bubblewrap", "fresh")], cache=place)
        assert found.passed
        open_sandbox("bubblewrap", level="fresh", cache=place).close()
    finally:
        shutil.rmtree(place)


@pytest.mark.bubblewrap
def test_control_that_was_not_measured_has_failed(
    bwrap: None, root: GuestRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llmdas_sandbox.selfcheck.probed", lambda sandbox, level, full: [])
    checks = quick_check(make("bubblewrap", root))
    assert {check.detail for check in checks} == {"not measured"}
    assert not any(check.passed for check in checks)


@pytest.fixture
def broken(bwrap: None, root: GuestRoot) -> list[Examined]:
    """One place whose network is shared, one that is not there."""

    def open_at(backend: str, level: str) -> Sandbox:
        if backend == "docker":
            raise SandboxUnavailable("docker: no engine answers.", "Install docker.io and start its engine.")
        return changed(root, shared("net"))

    return list(examine([("bubblewrap", "fresh"), ("docker", "vm")], quick=True, open_at=open_at))


@pytest.mark.bubblewrap
def test_failed_control_is_named_with_what_was_seen(broken: list[Examined]) -> None:
    assert not verdict(broken)
    rows = {row.name: row for row in broken[0].controls}
    assert (rows["no_route"].state, rows["no_route"].required) == ("FAILED", True)
    assert (rows["not_root"].state, rows["own_kernel"].state) == ("held", "absent")
    text = as_text(broken)
    assert re.search(r"no_route +FAILED yes +namespaces \(bwrap\)", text)
    assert "FAILED: bubblewrap fresh. A sandbox that fails is not used." in text
    assert "no engine answers. Install docker.io" in text


@pytest.mark.bubblewrap
def test_account_is_plain_and_narrow_and_coloured_only_when_asked(broken: list[Examined]) -> None:
    text = as_text(broken)
    assert text.isascii()
    assert "\033" not in text
    assert max(map(len, text.splitlines())) <= WIDTH
    assert not any(line != line.rstrip() for line in text.splitlines())
    assert re.sub("\033" + r"\[[0-9;]*m", "", as_text(broken, colour=True)) == text


@pytest.mark.bubblewrap
def test_json_carries_every_field_of_its_format(broken: list[Examined]) -> None:
    account = json.loads(json.dumps(as_json(broken, quick=True), allow_nan=False))
    assert (account["format"], account["passed"], account["quick"]) == (FORMAT, False, True)
    assert set(account["host"]) == {"kernel", "machine", "user"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", account["measured_at"])
    assert (account["version"], account["code"]) == (__version__, code_digest())
    measured, missing = account["examined"]
    assert set(measured) == {
        "backend", "level", "available", "engine", "guest", "seconds", "passed", "required", "measured", "controls",
    }  # fmt: skip
    assert set(measured["controls"][0]) == {
        "name", "required", "state", "enforced_by", "measured", "seen", "limit", "actual",
    }  # fmt: skip
    assert missing == {
        "backend": "docker",
        "level": "vm",
        "available": False,
        "reason": "docker: no engine answers.",
        "remedy": "Install docker.io and start its engine.",
    }


def test_nothing_available_is_no_pass() -> None:
    assert not verdict([Examined("docker", "warm", reason="docker: no engine answers.")])


def test_places_narrow_by_backend_and_level() -> None:
    assert places() == PLACES
    assert places("docker", "vm") == (("docker", "vm"),)
    with pytest.raises(SandboxUnavailable, match="has no level vm"):
        places("bubblewrap", "vm")


@pytest.mark.bubblewrap
@pytest.mark.parametrize(
    ("command", "words"), [(llmdas_main, ["doctor"]), (main, ["selfcheck"])], ids=["llmdas", "module"]
)
def test_both_commands_give_one_account(
    bwrap: None, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command, words
) -> None:
    monkeypatch.setenv("LLMDAS_CACHE", str(cache))
    chosen = [*words, "--backend", "bubblewrap", "--level", "warm", "--quick"]
    assert command([*chosen, "--json"]) == 0
    account = json.loads(capsys.readouterr().out)
    assert account["passed"] is True
    assert [(one["backend"], one["level"]) for one in account["examined"]] == [("bubblewrap", "warm")]
    assert command(chosen) == 0
    said = capsys.readouterr().out
    assert "Usable here: bubblewrap warm. 20 required controls of these were NOT measured" in " ".join(said.split())
    assert "18 of 38 required controls measured; the rest only by the full check" in said


@pytest.mark.parametrize(
    ("command", "words"), [(llmdas_main, ["doctor"]), (main, ["selfcheck"])], ids=["llmdas", "module"]
)
def test_no_backend_is_exit_code_3_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch, cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command, words
) -> None:
    monkeypatch.setenv("LLMDAS_CACHE", str(cache))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    assert command([*words, "--backend", "docker", "--level", "warm"]) == 3
    said = capsys.readouterr().out
    assert "docker, level warm: not available" in said
    assert "Install docker.io and start its engine." in " ".join(said.split())


def test_threat_model_and_doctor_know_the_same_controls() -> None:
    """First column of the tables between the headings of the sandbox's controls, each name in backquotes."""
    text = (REPOSITORY / "docs" / "threat-model.md").read_text()
    part = text.split("## The sandbox, control by control\n")[1].split("\n## ")[0]
    named = re.findall(r"^\| `([a-z_]+)` \|", part, re.MULTILINE)
    assert sorted(named) == sorted(control.name for control in CONTROLS)


@pytest.mark.parametrize("place", PLACES)
def test_every_control_says_who_enforces_it_and_how_it_is_measured(place: tuple[str, str]) -> None:
    for control in CONTROLS:
        assert control.measured
        assert control.enforced_by(*place)
    assert set(due(*place, full=False)) < set(due(*place, full=True))


def test_threat_model_names_what_the_quick_check_measures() -> None:
    text = (REPOSITORY / "docs" / "threat-model.md").read_text()
    part = text.split("one of these fails:")[1].split("All others")[0]
    assert set(re.findall(r"`([a-z_]+_[a-z_]+)`", part)) == {control.name for control in CONTROLS if control.quick}


@pytest.mark.parametrize("command", ["check", "doctor", "explain", "policy show", "rules", "synthesize"])
def test_unknown_option_points_to_the_help_of_its_own_command(capsys: pytest.CaptureFixture[str], command: str) -> None:
    with pytest.raises(SystemExit) as ended:
        llmdas_main([*command.split(), *_REQUIRED.get(command, ()), "--foo"])
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"llmdas: unrecognized arguments: --foo. See llmdas {command} --help.\n"


def test_every_limit_has_a_control() -> None:
    """A limit that is added must be driven, too."""
    driven = {
        "wall_s": "wall_limit", "cpu_s": "cpu_limit", "memory_bytes": "memory_limit", "processes": "process_limit",
        "open_files": "open_files_limit", "output_bytes": "output_limit", "printed_bytes": "printed_limit",
        "callback_calls": "callback_calls_limit", "callback_rows": "callback_rows_limit", "frame_bytes": "frame_limit",
        "stored_bytes": "nothing_stored",
    }  # fmt: skip
    assert set(Limits.__dataclass_fields__) <= set(driven)
    assert set(driven.values()) <= {control.name for control in CONTROLS}
