"""The table of `benchmarks/peers`: reports of peers are read right, the page counts right. No peer is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.peers import compare, judges


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("reject/import-os.py", "reject/source-utf16.py", "accept/fine.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x = 1\n", encoding="utf-8")
    return tmp_path


def test_bandit_counts_by_severity_and_leaves_asserts_out(folder: Path) -> None:
    answer = {
        "errors": [{"filename": "./reject/source-utf16.py", "reason": "exception while scanning file"}],
        "results": [
            {"filename": "./reject/import-os.py", "issue_severity": "LOW", "test_id": "B404"},
            {"filename": "./accept/fine.py", "issue_severity": "LOW", "test_id": "B101"},
        ],
    }
    anything = judges.read_bandit(answer, folder, {"LOW", "MEDIUM", "HIGH"})
    assert anything == judges.Opinion(frozenset({"reject/import-os.py"}), frozenset({"reject/source-utf16.py"}))
    assert judges.read_bandit(answer, folder, {"MEDIUM", "HIGH"}).flagged == frozenset()


def test_semgrep_counts_what_it_passed_over_as_unread(folder: Path) -> None:
    answer = {
        "results": [{"path": "reject/import-os.py", "check_id": "x"}],
        "errors": [{"path": "accept/fine.py", "type": "Syntax error"}, {"type": "a rule does not load"}],
        "paths": {"scanned": ["reject/import-os.py", "accept/fine.py"]},
    }
    opinion = judges.read_semgrep(answer, folder)
    assert opinion.flagged == {"reject/import-os.py"}
    assert opinion.unread == {"reject/source-utf16.py", "accept/fine.py"}


def test_ruff_names_files_by_their_whole_path(folder: Path) -> None:
    answer = [
        {"filename": str(folder / "reject/import-os.py"), "code": "S404"},
        {"filename": str(folder / "accept/fine.py"), "code": "S101"},
        {"filename": str(folder / "reject/source-utf16.py"), "code": None},
    ]
    assert judges.read_ruff(answer, folder).flagged == {"reject/import-os.py", "reject/source-utf16.py"}


def test_judges_without_peers(folder: Path) -> None:
    (folder / "reject/import-os.py").write_text("x = 1\nx._y\n", encoding="utf-8")
    (folder / "reject/source-utf16.py").write_bytes(b"\xff\xfe")
    assert judges.restricted_python().ask(folder).flagged == {"reject/import-os.py", "reject/source-utf16.py"}
    assert judges.python_itself().ask(folder).flagged == {"reject/source-utf16.py"}


def test_page_counts_per_class_and_keeps_the_interface_apart() -> None:
    samples = [
        compare.Sample("reject/import-a.py", "import", b""),
        compare.Sample("reject/import-b.py", "import", b""),
        compare.Sample("reject/interface-a.py", "interface", b""),
        compare.Sample("accept/a.py", "accept", b""),
        compare.Sample("recorded/a.py", "recorded", b""),
    ]
    flagged = frozenset({"reject/import-a.py", "reject/interface-a.py", "accept/a.py"})
    judge = judges.Judge("a judge", "1.0", lambda _: judges.Opinion(flagged))
    page = compare.render(samples, {judge: judge.ask(Path())})
    assert "| import: imports in every disguise | 2 | 1 |" in page
    assert "| **all attacks** | 2 | 1 (50.0%) |" in page
    assert "| tests/programs/accept | 1 | 1 (100.0%) |" in page
    assert "| recorded answers of a model | 1 | 0 (0.0%) |" in page
    assert "2 attacks and 1 breaches" in page
    assert "- a judge 1.0\n" in page


def test_samples_of_every_class_and_recorded_answers_are_there() -> None:
    samples = compare.collect()
    kinds = {sample.kind for sample in samples}
    assert kinds >= {*compare.CLASSES, *compare.APART, "accept", "paper", "recorded"} - {"mutant", "other"}
    assert len({sample.name for sample in samples}) == len(samples)
    assert {compare.contract_of(sample.name) for sample in samples if sample.kind == "paper"} == {"das/paper"}


def test_page_that_ships_knows_the_classes_of_today() -> None:
    page = compare.TABLE.read_text(encoding="utf-8")
    for kind in {*compare.CLASSES, *compare.APART} - {"mutant", "other"}:
        assert f"| {kind}: " in page, "run benchmarks/peers/compare.py again"
