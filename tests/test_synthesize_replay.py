"""The command as a stranger runs it: no key, recorded answers, the shipped table; and what a run leaves."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from llmdas.cli.main import main
from llmdas.data.readers import default_table
from llmdas.digest import sha256
from llmdas.governance.run_folder import read_manifest
from llmdas.llm.replay import Replay
from llmdas.resources import resource
from llmdas.scaling import Scaler


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture
def replay(box, capsys, runs):
    def run(*options):
        code = main(["synthesize", "--runs", str(runs), *options])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


@pytest.mark.parametrize("detector", ["Isolation Forest", "PCA", "one-class svm", "ecod"])
def test_every_detector_runs_on_the_shipped_table(replay, detector):
    code, out, err = replay("--detector", detector)
    assert code == 0, err
    assert err.splitlines()[0].endswith("nothing is sent")
    assert "LLM: replay of recorded answers" in err.splitlines()[0]
    assert err.count(" accepted: passed gate and trial") == 3
    assert re.search(r"AUC-PR +0\.\d{4} \[0\.\d{3}, [01]\.\d{3}\]", out)
    assert "report.html" in out


def test_the_same_inputs_and_seed_give_the_same_rows_and_scores(replay):
    results = [json.loads(replay("--json", "--seed", seed)[1]) for seed in ("3", "3", "4")]
    kept = [
        (
            result["enhancement"]["synthetic_sha256"],
            result["metrics"]["plain_sha256"],
            result["metrics"]["enhanced_sha256"],
        )
        for result in results
    ]
    assert kept[0] == kept[1]
    assert all(one != other for one, other in zip(kept[0], kept[2], strict=True))


def test_a_run_leaves_everything_with_its_digests_and_no_row(replay, tmp_path):
    code, out, _ = replay("--json", "--runs", str(tmp_path))
    assert code == 0
    result = json.loads(out)
    (run,) = tmp_path.iterdir()
    manifest = read_manifest(run)
    for part in ("versions", "settings", "contract", "policy", "prompts", "sandbox", "data", "programs", "metrics"):
        assert result[part] == manifest[part]
    for hexdigest in (
        manifest["contract"]["sha256"],
        manifest["policy"]["with_rules_sha256"],
        manifest["sandbox"]["guest_sha256"],
        manifest["data"]["sha256"],
        manifest["prompts"]["program"],
    ):
        assert re.fullmatch(r"[0-9a-f]{64}", hexdigest)
    for program in manifest["programs"]:
        for attempt in program["attempts"]:
            folder = run / program["name"] / f"attempt-{attempt['number']}"
            assert sha256((folder / "answer.md").read_bytes()) == attempt["answer_sha256"]
            assert sha256((folder / "program.py").read_bytes()) == attempt["program_sha256"]
            assert json.loads((folder / "verdict.json").read_text())["policy"]
            assert (folder / "prompt.md").read_text()
        assert json.loads((folder / "trial.json").read_text())["accepted"]
    assert "api_key" not in manifest["settings"]
    kept = " ".join(path.read_text() for path in run.rglob("*.json"))
    X = default_table().X
    shown = {repr(float(value)) for column in X.T[:4] for value in column}
    scaled = Scaler.of(X[default_table().y == 0]).transform(X)
    shown |= {f"{value:.6f}" for value in scaled[:, 0]}
    assert not shown & set(re.findall(r"-?\d+\.\d{3,}", kept))


def test_the_report_is_one_file_without_outside_links(replay, tmp_path):
    replay("--runs", str(tmp_path))
    (run,) = tmp_path.iterdir()
    page = (run / "report.html").read_text()
    assert not re.search(r"""(?:src|href|action)\s*=\s*(?!["']?(?:#|data:))""", page)
    assert not re.search(r"url\(\s*['\"]?(?:https?:)?//", page)
    assert page.count("<svg") >= 3


def test_without_labels_no_metric_is_claimed(replay, tmp_path):
    table = tmp_path / "plain.csv"
    X = np.random.default_rng(1).normal(size=(60, 4))
    np.savetxt(table, X, delimiter=",", header="a,b,c,d", comments="")
    code, out, err = replay("--data", str(table), "--runs", str(tmp_path / "runs"))
    assert code == 0, err
    assert "no metric is claimed" in out
    assert "AUC" not in out
    (run,) = (tmp_path / "runs").iterdir()
    assert len((run / "scores.csv").read_text().splitlines()) == 61
    assert not {"plain", "enhanced", "gain"} & set(json.loads((run / "metrics.json").read_text()))


def test_a_request_without_recording_is_one_sentence(replay):
    code, out, err = replay("--temperature", "0.1")
    assert code == 2
    assert out == ""
    assert "No recording" in err.splitlines()[-1]
    assert "Describe this anomaly detector" in err.splitlines()[-1]


def test_every_shipped_recording_is_filed_under_its_request():
    folder = resource("llmdas/library/recordings")
    assert len(list(folder.glob("*.json"))) >= 16
    Replay.open(folder)
    for path in folder.glob("*.json"):
        recording = json.loads(path.read_text())
        assert recording["model"] == "claude"
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", recording["recorded"])
