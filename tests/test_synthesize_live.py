"""The whole method against a real HTTP server that speaks the OpenAI protocol: repair, failures, and what left."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer

import llmdas.llm.openai
import llmdas.pipeline
from llmdas.cli.main import main
from llmdas.governance.run_folder import read_manifest
from tests.support.openai_server import OpenAIServer, Reply, chat, failed
from tests.support.programs import GOOD, IMPORTS_OS, QUOTES_A_VALUE, fenced

DESCRIPTION = "It isolates rows by random splits. Blind spot: columns that do not belong together."
KEY = "sk-canary-0123456789abcdef"


@pytest.fixture
def live(box, tmp_path, monkeypatch, capsys):
    """Run the command against a scripted server; returns exit code, stdout, stderr, server."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    def run(script, *options):
        with OpenAIServer(script=script) as server:
            fixed = ("--base-url", server.base_url, "--model", "served-model", "--runs", str(tmp_path / "runs"))
            code = main(["synthesize", *fixed, "--programs", "1", "--timeout", "5", *options])
        shown = capsys.readouterr()
        assert KEY not in shown.out + shown.err
        assert "Traceback" not in shown.err
        assert not any(KEY.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        return code, shown.out, shown.err, server

    return run


def only_run(tmp_path):
    (run,) = (tmp_path / "runs").iterdir()
    return run


def test_a_faulty_program_is_repaired_in_the_second_attempt(live, tmp_path):
    code, out, err, server = live([DESCRIPTION, fenced(IMPORTS_OS), fenced(GOOD)])
    assert code == 0
    assert "attempt 1 refused by the gate" in err
    assert "attempt 2 accepted" in err
    assert "AUC-PR" in out
    repair = server.requests[2].json()["messages"][-1]["content"]
    assert "[DAS201]" in repair
    assert "`import os`" in repair
    run = only_run(tmp_path)
    assert (run / "program-1/attempt-1/program.py").read_text() == IMPORTS_OS
    assert (run / "program-1/attempt-2/program.py").read_text() == GOOD
    assert json.loads((run / "program-1/attempt-1/verdict.json").read_text())["accepted"] is False
    manifest = read_manifest(run)
    assert manifest["programs"][0]["accepted"]
    assert [entry["host"] for entry in manifest["sent"]] == ["127.0.0.1"] * 3
    assert manifest["sent"][1]["sent_bytes"] == len(server.requests[1].body)


def test_sampling_is_pinned_and_sent(live):
    _, _, _, server = live(
        [DESCRIPTION, fenced(GOOD)], "--temperature", "0.2", "--top-p", "0.5", "--max-tokens", "999", "--llm-seed", "7"
    )
    body = server.requests[1].json()
    assert {name: body[name] for name in ("model", "temperature", "top_p", "max_tokens", "seed")} == {
        "model": "served-model",
        "temperature": 0.2,
        "top_p": 0.5,
        "max_tokens": 999,
        "seed": 7,
    }


def test_nothing_of_the_table_leaves(live, tmp_path):
    """Canaries: values, column names, file and folder names of a table, and a fault that quotes a value."""
    rng = np.random.default_rng(9)
    table = tmp_path / "canary_table_file.csv"
    X = rng.normal(size=(600, 6)) + 987_654.0
    labels = np.r_[np.zeros(356), np.ones(244)].astype(int)
    head = ",".join([f"canary_column_{i}" for i in range(6)] + ["canary_label"])
    np.savetxt(table, np.c_[X, labels], delimiter=",", header=head, comments="", fmt=["%.6f"] * 6 + ["%d"])
    answers = [DESCRIPTION, fenced(QUOTES_A_VALUE), fenced(GOOD)]
    code, _, err, server = live(answers, "--programs", "2", "--data", str(table), "--label", "canary_label")
    assert code == 0, err
    assert "set aside: KeyError" in err
    assert len(server.requests) == 3
    sent = b"".join(request.body for request in server.requests).decode()
    sent += repr([(request.path, dict(request.headers)) for request in server.requests]).replace(KEY, "")
    for canary in ("canary", "98765", str(tmp_path), "178 rows", "600"):
        assert canary not in sent, canary
    numbers = set(re.findall(r"\d+\.\d{3,}", sent))
    assert not numbers & {f"{value:.6f}" for value in X.ravel()}


def test_the_connection_is_closed_before_a_program_sees_a_real_row(live, monkeypatch):
    open_clients = set()
    connect, enhance = llmdas.llm.openai.connect, llmdas.pipeline.enhance

    def watched(*args):
        client = connect(*args)
        open_clients.add(client)
        close = client.close
        monkeypatch.setattr(client, "close", lambda: (close(), open_clients.discard(client)))
        return client

    def checked(*args):
        assert not open_clients
        seen.append(True)
        return enhance(*args)

    seen = []
    monkeypatch.setattr(llmdas.llm.openai, "connect", watched)
    monkeypatch.setattr(llmdas.pipeline, "enhance", checked)
    code, _, err, _ = live([DESCRIPTION, fenced(GOOD)])
    assert code == 0, err
    assert seen


def test_the_default_table_s_columns_never_leave(live):
    _, _, _, server = live([DESCRIPTION, fenced(GOOD)])
    sent = b"".join(request.body for request in server.requests).decode()
    for name in (*load_breast_cancer().feature_names, "breast", "malignant", "benign"):
        assert name not in sent


def test_attempts_used_up_is_exit_1_with_the_last_findings_and_all_attempts_kept(live, tmp_path):
    code, out, err, _ = live([DESCRIPTION, *[fenced(IMPORTS_OS)] * 2], "--attempts", "2")
    assert code == 1
    assert out == ""
    last = err.strip().splitlines()[-1]
    assert "DAS201" in last
    assert "all attempts were used up" in last
    run = only_run(tmp_path)
    assert {path.name for path in (run / "program-1").iterdir()} == {"attempt-1", "attempt-2"}
    assert not (run / "manifest.json").exists()


BAD_ENDPOINTS = {
    "401": ([failed(401, "bad key")], "401|key"),
    "429": ([failed(429, "slow down")] * 3, "429"),
    "500": ([failed(500, "oops")] * 3, "500"),
    "garbage": ([Reply(headers={"Content-Type": "application/json"}, body="{not json")] * 3, "JSON"),
    "slow": ([Reply(delay_s=3.0)], "0.5|answer|time"),
    "cut off description": ([chat("half a descr", finish_reason="length")], "cut off"),
    "empty": ([chat("")], "empty|no text|nothing"),
}


@pytest.mark.parametrize("case", BAD_ENDPOINTS)
def test_a_failing_endpoint_is_one_sentence_and_exit_2(live, case):
    script, said = BAD_ENDPOINTS[case]
    code, out, err, _ = live(script, *(["--timeout", "0.5"] if case == "slow" else []))
    assert code == 2
    assert out == ""
    last = err.strip().splitlines()[-1]
    assert last.startswith("llmdas: ")
    assert any(word in last for word in said.split("|")), last


def test_an_endpoint_that_is_down_is_one_sentence_and_exit_2(box, tmp_path, capsys, free_port):
    code = main(
        [
            *("synthesize", "--base-url", f"http://127.0.0.1:{free_port}/v1", "--model", "m"),
            *("--runs", str(tmp_path), "--retries", "1"),
        ]
    )
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert code == 2
    assert "127.0.0.1" in last


def test_a_host_that_is_not_allowed_is_refused_before_anything_is_sent(box, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    code = main(["synthesize", "--base-url", "https://llm.example/v1", "--model", "m", "--runs", str(tmp_path)])
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert code == 2
    assert "llm.example is not among the allowed hosts" in last


def test_a_live_endpoint_without_a_model_name_is_told(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert main(["synthesize", "--runs", str(tmp_path)]) == 2
    assert "LLMDAS_MODEL or --model" in capsys.readouterr().err


def test_recorded_live_answers_replay_without_the_endpoint(live, tmp_path, monkeypatch, capsys):
    recordings = tmp_path / "recordings"
    code, first, _, _ = live([DESCRIPTION, fenced(IMPORTS_OS), fenced(GOOD)], "--record", str(recordings), "--json")
    assert code == 0
    monkeypatch.delenv("OPENAI_API_KEY")
    code = main(
        [
            *("synthesize", "--llm", "replay", "--model", "served-model", "--recordings", str(recordings)),
            *("--programs", "1", "--runs", str(tmp_path / "again"), "--json"),
        ]
    )
    second = capsys.readouterr().out
    assert code == 0
    one, two = json.loads(first), json.loads(second)
    assert one["metrics"] == two["metrics"]
    assert one["enhancement"]["synthetic_sha256"] == two["enhancement"]["synthetic_sha256"]
    assert [a["program_sha256"] for a in one["programs"][0]["attempts"]] == [
        a["program_sha256"] for a in two["programs"][0]["attempts"]
    ]
