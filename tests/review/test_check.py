"""A review: each file read once and judged on exactly these bytes; whatever was not judged is never taken for clean."""

from __future__ import annotations

import datetime
import io
import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import yaml

from llmdas.digest import sha256
from llmdas.errors import ConfigError, ResourceError
from llmdas.gate import GateLimits
from llmdas.gate import judge as judge_one
from llmdas.policy import load_policy
from llmdas.program import Program
from llmdas.review import check
from llmdas.review.baseline import write_baseline
from llmdas.review.check import review
from llmdas.review.outcome import STDIN, Placed, Review
from llmdas.review.standing import dropped

from .conftest import BAD, GOOD, HEAD, LOOSE, TAIL, WARNED, unprivileged

TODAY = datetime.date(2026, 11, 24)


def seen(found: Review) -> list[tuple[str, int, str, str]]:
    return [(one.path, one.finding.line, one.finding.rule, one.state) for one in found.placed]


def test_files_and_folders_are_judged_in_order(here):
    for name, source in {"b.py": BAD, "a.py": GOOD, "sub/c.py": WARNED}.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(source)
    found = review(["sub", "b.py", "a.py"])
    assert found.files == ("a.py", "b.py", "sub/c.py")
    assert seen(found) == [("b.py", 5, "DAS203", "new"), ("sub/c.py", 5, "DAS406", "new")]
    assert found.placed[0].program == sha256(BAD.encode())
    assert (found.profile, found.contract, found.unread) == ("numpy", "das/1", ())
    assert not found.clean
    assert review(["a.py", "sub"]).clean, "a warning does not refuse"


def test_one_file_alone_gets_the_findings_that_it_gets_among_others(here):
    Path("a.py").write_text(BAD)
    Path("b.py").write_text(GOOD)
    assert review(["a.py"]).placed == review(["a.py", "b.py"]).placed


def test_standard_input_is_judged(here):
    found = review(["-"], stdin=io.BytesIO(BAD.encode()))
    assert found.files == (STDIN,)
    assert seen(found) == [(STDIN, 5, "DAS203", "new")]
    named = review(["-"], stdin=io.BytesIO(BAD.encode()), stdin_name="a.py")
    Path("a.py").write_text(BAD)
    assert named == review(["a.py"])


def test_a_huge_file_is_refused_without_being_read_whole(here):
    with Path("huge.py").open("wb") as file:
        file.truncate(1 << 40)  # sparse: reading it would exhaust memory
    bound = load_policy().source.max_bytes
    found = review(["huge.py"])
    (one,) = found.placed
    assert (one.finding.rule, one.program) == ("DAS001", "")
    assert one.finding.message == f"the source has more than {bound} bytes"
    assert one.counts
    Path("fits.py").write_bytes(b"#\n" * (bound // 2))
    assert [one.finding.rule for one in review(["fits.py"]).placed] == ["DAS101"]


def test_a_file_that_cannot_be_read_is_unread_and_the_others_are_judged(here, monkeypatch):
    whole = check.read_source

    def read(*arguments):
        with unprivileged():  # the gate's child would not even start without rights
            return whole(*arguments)

    monkeypatch.setattr(check, "read_source", read)
    Path("a.py").write_text(BAD)
    Path("b.py").write_text(GOOD)
    Path("b.py").chmod(0)
    found = review(["."])
    assert found.unread == (("b.py", "cannot be read: Permission denied"),)
    assert found.files == ("a.py",)
    assert len(found.placed) == 1


def test_a_file_that_vanishes_or_becomes_a_pipe_is_unread(here, monkeypatch):
    for name in ("a.py", "b.py", "c.py"):
        Path(name).write_text(GOOD)
    whole = check.discover

    def then_changed(*arguments, **options):
        found = whole(*arguments, **options)
        Path("a.py").unlink()
        Path("b.py").unlink()
        os.mkfifo("b.py")  # opening it for reading would wait
        return found

    monkeypatch.setattr(check, "discover", then_changed)
    found = review(["."])
    assert [path for path, _ in found.unread] == ["a.py", "b.py"]
    assert found.files == ("c.py",)
    assert not found.clean


def test_what_the_gate_could_not_judge_is_a_finding_and_unread(here, monkeypatch):
    """A real child of the real gate that is stopped: its time is up before it answers."""
    Path("a.py").write_text(GOOD)

    monkeypatch.setattr(check, "judge_all", partial(check.judge_all, limits=GateLimits(wall_s=0.0001)))
    found = review(["a.py"])
    assert seen(found) == [("a.py", 0, "DAS902", "new")]
    assert [path for path, _ in found.unread] == ["a.py"]
    assert not found.clean


@pytest.mark.parametrize("answers", ["none", "others"])
def test_verdicts_that_are_missing_or_on_other_bytes_are_never_taken(here, monkeypatch, answers):
    for name in ("a.py", "b.py"):
        Path(name).write_text(BAD)

    def astray(programs, policy, contract, **options):
        for _ in programs:
            if answers == "others":
                yield judge_one(Program(GOOD.encode()), policy, contract)

    monkeypatch.setattr(check, "judge_all", astray)
    with pytest.raises(RuntimeError, match="the gate"):
        review(["."])


def test_an_unknown_profile_or_contract_is_refused_before_anything_is_read(here):
    for setting in ({"profile": "nonsense"}, {"contract": "das/nonsense"}):
        with pytest.raises(ResourceError):
            review(["nothing.py"], **setting)


def test_moved_lines_stay_known_and_new_findings_are_new(here):
    Path("a.py").write_text(LOOSE)
    marked = write_baseline(here / "known.json", review(["a.py"]))
    assert marked.clean
    Path("a.py").write_text("# moved\n\n\n" + LOOSE)
    assert seen(review(["a.py"], baseline=Path("known.json"))) == [("a.py", 10, "DAS404", "baseline")]
    Path("a.py").write_text(LOOSE.replace(TAIL, "    y = compile('1')\n" + TAIL))
    assert [state for *_, state in seen(review(["a.py"], baseline=Path("known.json")))] == ["baseline", "new"]


def test_the_same_mistake_once_more_is_new(here):
    Path("a.py").write_text(LOOSE)
    write_baseline(here / "known.json", review(["a.py"]))
    Path("a.py").write_text(LOOSE.replace(TAIL, LOOSE.removeprefix(HEAD)))
    found = review(["a.py"], baseline=Path("known.json"))
    assert sorted(state for *_, state in seen(found)) == ["baseline", "new"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import os\n" + GOOD.replace("    return", "    print(os.path)\n    return"),
         "import os\n" + GOOD.replace("    return", "    os.system('x')\n    return")),
        ("from \\\n  scipy import stats\n" + GOOD, "from \\\n  os import system\n" + GOOD),
        ("for i in range(3):\n    pass\n" + GOOD,
         "for i in range(3):\n    pass\nfor i in range(9 ** 9):\n    pass\n" + GOOD),
        (GOOD + "# old\r# more\n", GOOD + "# old\rimport os\n"),
    ],
)  # fmt: skip
def test_what_is_added_behind_a_known_finding_is_seen(here, before, after):
    Path("a.py").write_bytes(before.encode())
    write_baseline(here / "known.json", review(["a.py"]))
    Path("a.py").write_bytes(after.encode())
    assert not review(["a.py"], baseline=Path("known.json")).clean


def test_a_source_that_was_not_judged_to_the_end_is_never_known(here):
    Path("a.py").write_text("def broken(:\n")
    (one,) = write_baseline(here / "known.json", review(["a.py"])).placed
    assert (one.finding.rule, one.state) == ("DAS010", "new")


def waive(*programs: str, **change: str) -> Path:
    path = Path("waivers.yaml")
    entry = {"rule": "DAS203", "reason": "shown in a lecture, never run", "owner": "r.viewer", "expires": "2026-12-31"}
    path.write_text(yaml.safe_dump([{**entry, "program": sha256(p.encode()), **change} for p in programs]))
    return path


def test_a_waiver_is_for_these_bytes_only(here):
    Path("a.py").write_text(BAD)
    Path("b.py").write_text(BAD + "\n")
    found = review(["."], waivers=waive(BAD), today=TODAY)
    assert [one.state for one in found.placed] == ["waived", "new"]
    assert found.placed[0].justification.startswith("shown in a lecture")
    assert review(["a.py"], waivers=waive(BAD), today=TODAY).clean


def test_an_expired_waiver_counts_in_spite_of_a_baseline(here):
    Path("a.py").write_text(BAD)
    waivers = waive(BAD, expires="2026-11-23")
    marked = write_baseline(here / "known.json", review(["a.py"], waivers=waivers, today=TODAY))
    assert seen(marked) == [("a.py", 5, "DAS203", "baseline"), ("waivers.yaml", 1, "DAS020", "new")]
    assert not marked.clean


def test_a_waiver_of_a_program_that_is_gone_is_said_only_when_a_folder_was_searched(here):
    Path("a.py").write_text(GOOD)
    assert seen(review(["."], waivers=waive(BAD), today=TODAY)) == [("waivers.yaml", 1, "DAS021", "new")]
    assert seen(review(["a.py"], waivers=waive(BAD), today=TODAY)) == []


def test_a_program_that_may_stand_in_an_unread_file_is_not_called_gone(here):
    Path("a.py").write_text(GOOD)
    os.mkfifo("b.py")
    assert seen(review(["."], waivers=waive(BAD), today=TODAY)) == []


def test_waivers_outside_of_the_review_do_not_exist(here):
    """The main path judges by the gate alone."""
    from llmdas.contract import load_contract

    waive(BAD)
    assert not judge_one(Program(BAD.encode()), load_policy(), load_contract()).accepted


def test_only_what_the_policy_lets_one_ignore_can_be_ignored(here):
    Path("a.py").write_text(BAD)
    ignorable = sorted(load_policy().ignorable)
    assert ignorable
    with pytest.raises(ConfigError, match=f"let anybody ignore DAS203; it permits to ignore {', '.join(ignorable)}"):
        review(["a.py"], ignore=["DAS203"])
    with pytest.raises(ConfigError, match=r"no rule 'DAS2O3'\. Did you mean DAS203"):
        review(["a.py"], ignore=["DAS2O3"])
    with pytest.raises(ConfigError, match=r"no rule 'DAS777'\. `llmdas rules` lists them"):
        review(["a.py"], ignore=["DAS777"])
    for rule in ("DAS901", "DAS010", "DAS014", "DAS020"):
        with pytest.raises(ConfigError, match="let anybody"):
            review(["a.py"], ignore=[rule])


def test_no_policy_can_let_one_ignore_what_stands():
    policy = replace(load_policy(), ignorable={"DAS901": "a mistake", "DAS406": "style"})
    assert dropped(policy, [], ["DAS406"]) == {"DAS406"}
    assert dropped(policy, ["DAS406"], []) == set()
    with pytest.raises(ConfigError, match="ignore DAS901; it permits to ignore DAS406"):
        dropped(policy, [], ["DAS901"])


def test_ignoring_and_selecting_touch_nothing_else(here):
    Path("a.py").write_text(BAD)
    Path("b.py").write_text(WARNED)
    rule = "DAS406"
    assert rule in load_policy().ignorable
    other = next(name for name in sorted(load_policy().ignorable) if name != rule)
    both = ["DAS203", rule]
    assert [name for _, _, name, _ in seen(review(["."]))] == both
    assert [name for _, _, name, _ in seen(review(["."], select=[rule]))] == both
    assert [name for _, _, name, _ in seen(review(["."], ignore=[rule]))] == ["DAS203"]
    assert [name for _, _, name, _ in seen(review(["."], ignore=[rule.lower()]))] == ["DAS203"]
    assert [name for _, _, name, _ in seen(review(["."], select=[other]))] == ["DAS203"]
    assert [name for _, _, name, _ in seen(review(["."], select=["DAS203"]))] == ["DAS203"]


def test_an_ignored_finding_still_makes_its_waiver_useful(here):
    Path("b.py").write_text(WARNED)
    waivers = waive(WARNED, rule="DAS406")
    assert seen(review(["."], waivers=waivers, ignore=["DAS406"], today=TODAY)) == []


def test_what_was_passed_over_is_said(here):
    Path("empty").mkdir()
    said: list[str] = []
    assert review(["empty"], say=said.append).clean
    assert said == ["No Python file was found in 'empty'."]


def test_fingerprints_are_distinct(here):
    for name in ("a.py", "b.py"):
        Path(name).write_text(BAD.replace(TAIL, "    x = eval('1')\n" + TAIL))
    marks = [one.fingerprint for one in review(["."]).placed]
    assert len(marks) == len(set(marks)) == 4
    assert all(isinstance(one, Placed) for one in review(["."]).placed)


def test_a_link_out_of_the_folder_is_not_clean(here):
    (here.parent / "outside.py").write_text(GOOD)
    Path("away.py").symlink_to("../outside.py")
    assert not review(["."], workers=1).clean
    assert review([".", "away.py"], workers=1).clean
