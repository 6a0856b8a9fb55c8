"""The live client against a real server on loopback: what leaves, what comes back, when it is asked again."""

from __future__ import annotations

import hashlib
import itertools
import json
import socket
import subprocess
import sys
from email.utils import formatdate
from typing import Any

import pytest

from llmdas.errors import LLMError
from llmdas.llm.interface import ChatAnswer, ChatRequest, Message, Sampling
from llmdas.llm.openai import EndpointSettings, Exchange, OpenAIClient, connect
from llmdas.llm.reply import retry_after
from tests.support.openai_server import OpenAIServer, Reply, chat, failed

KEY = "sk-test-0123456789abcdef"
REQUEST = ChatRequest(
    (Message("system", "You write programs."), Message("user", 'Quote " back\\slash, é, 漢, \u2028, 😀\r\n\ttab')),
    Sampling(model="asked-model", temperature=0.1, top_p=0.9, max_tokens=77, seed=5),
)


def client(server: OpenAIServer, on_sent: Any = None, **fields: Any) -> OpenAIClient:
    fields = {"base_url": server.base_url, "api_key": KEY, "backoff_s": 0.001, "timeout_s": 20.0, **fields}
    return connect(EndpointSettings(**fields), on_sent)


def test_an_answer_comes_back_byte_for_byte() -> None:
    text = '  ```python\r\nx = "é漢😀"\n```\n\n'
    with OpenAIServer([chat(text, model="m-2026")]) as server, client(server) as llm:
        answer = llm.complete(REQUEST)
    usage = {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}
    assert answer == ChatAnswer(text=text, finish_reason="stop", model="m-2026", usage=usage)
    assert llm.name == "openai"


def test_the_body_on_the_wire_is_the_request_and_nothing_else() -> None:
    with OpenAIServer(["ok"]) as server, client(server) as llm:
        llm.complete(REQUEST)
    (sent,) = server.requests
    assert (sent.method, sent.path) == ("POST", "/v1/chat/completions")
    assert sent.json() == REQUEST.body()
    assert json.loads(sent.body)["messages"][1]["content"] == REQUEST.messages[1].content


def test_only_the_needed_headers_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-somebody")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-of-somebody")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-ambient")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-ambient-admin")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Custom: 1\nAuthorization: Bearer sk-ambient-custom")
    with OpenAIServer(["ok", "ok"]) as server, client(server) as llm:
        llm.complete(REQUEST)
        with client(server, api_key=None) as keyless:
            keyless.complete(REQUEST)
    expected = {
        "host": f"127.0.0.1:{server.port}",
        "accept": "application/json",
        "accept-encoding": "identity",
        "content-type": "application/json",
        "content-length": str(len(server.requests[0].body)),
        "user-agent": "llmdas",
        "authorization": f"Bearer {KEY}",
    }
    assert server.requests[0].headers == expected
    assert server.requests[1].headers == {name: expected[name] for name in expected if name != "authorization"}


def test_cookies_of_the_endpoint_are_not_sent_back() -> None:
    answer = chat("ok")
    baked = Reply(headers={"Set-Cookie": "tracker=1; Path=/"}, body=answer.body)
    with OpenAIServer([baked, "ok"]) as server, client(server) as llm:
        llm.complete(REQUEST)
        llm.complete(REQUEST)
    assert "cookie" not in server.requests[1].headers


def test_proxies_of_the_environment_are_ignored_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with OpenAIServer(["through the proxy"]) as proxy, OpenAIServer(["direct"]) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        with client(server) as llm:
            assert llm.complete(REQUEST).text == "direct"
        assert proxy.requests == []
        with client(server, proxies=True) as llm:
            assert llm.complete(REQUEST).text == "through the proxy"
        assert proxy.requests[0].path == f"{server.base_url}/chat/completions"


def test_a_proxy_that_is_down_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    with OpenAIServer(["direct"]) as server, client(server) as llm:
        assert llm.complete(REQUEST).text == "direct"


@pytest.mark.parametrize(
    "failure",
    [
        failed(429, retry_after_ms="2"),
        failed(429, retry_after="0"),
        failed(408),
        failed(409),
        failed(500),
        failed(503),
        Reply(status=502, headers={"Content-Type": "text/html"}, body="<html>bad gateway</html>"),
        Reply(hang_up=True),
    ],
    ids=lambda reply: f"{reply.status}-{'-'.join(reply.headers) or 'plain'}{'-hang-up' * reply.hang_up}",
)
def test_a_passing_failure_is_asked_again(failure: Reply) -> None:
    with OpenAIServer([failure, failure, "at last"]) as server, client(server) as llm:
        assert llm.complete(REQUEST).text == "at last"
    assert len(server.requests) == 3
    assert len({request.body for request in server.requests}) == 1


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
def test_attempts_are_used_up_once_and_not_multiplied(status: int) -> None:
    with (
        OpenAIServer(itertools.repeat(failed(status, "busy"))) as server,
        client(server, retries=4) as llm,
        pytest.raises(LLMError, match=f"HTTP {status}.*busy.*after 4 attempts"),
    ):
        llm.complete(REQUEST)
    assert len(server.requests) == 4


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 422])
def test_a_lasting_refusal_is_not_asked_again(status: int) -> None:
    with OpenAIServer(itertools.repeat(failed(status))) as server, client(server) as llm, pytest.raises(LLMError):
        llm.complete(REQUEST)
    assert len(server.requests) == 1


def test_retry_after_goes_before_our_own_backoff() -> None:
    script = [failed(429, retry_after_ms="1"), "ok"]
    with OpenAIServer(script) as server, client(server, backoff_s=3_600, wait_cap_s=3_600) as llm:
        assert llm.complete(REQUEST).text == "ok"  # with the backoff this would run into the test's time limit


def test_an_endpoint_that_asks_for_too_long_a_wait_is_left_alone() -> None:
    with (
        OpenAIServer([failed(429, retry_after="3600"), "ok"]) as server,
        client(server, wait_cap_s=5) as llm,
        pytest.raises(LLMError, match="asks to wait 3600 s, more than 5 s"),
    ):
        llm.complete(REQUEST)
    assert len(server.requests) == 1


def test_no_attempt_begins_after_the_deadline() -> None:
    script = [failed(429, retry_after="50"), "too late"]
    with (
        OpenAIServer(script) as server,
        client(server, deadline_s=10) as llm,
        pytest.raises(LLMError, match="HTTP 429"),
    ):
        llm.complete(REQUEST)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7.0),
        ({"retry-after": formatdate(0, usegmt=True)}, 0.0),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "tomorrow"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_every_attempt_is_reported_with_what_left() -> None:
    seen: list[Exchange] = []
    with OpenAIServer([failed(500), Reply(hang_up=True), "ok"]) as server, client(server, seen.append) as llm:
        llm.complete(REQUEST)
    assert [exchange.status for exchange in seen] == [500, None, 200]
    for exchange, request in zip(seen, server.requests, strict=True):
        assert exchange.host == "127.0.0.1"
        assert exchange.sent_bytes == len(request.body)
        assert exchange.sent_sha256 == hashlib.sha256(request.body).hexdigest()
        assert exchange.seconds >= 0


def test_an_attempt_without_a_connection_sent_nothing() -> None:
    seen: list[Exchange] = []
    port = closed_port()
    with (
        connect(EndpointSettings(base_url=f"http://127.0.0.1:{port}/v1", retries=1), seen.append) as llm,
        pytest.raises(LLMError, match=r"connection to 127\.0\.0\.1 failed"),
    ):
        llm.complete(REQUEST)
    empty = hashlib.sha256(b"").hexdigest()
    assert [(e.sent_bytes, e.sent_sha256, e.status) for e in seen] == [(0, empty, None)]


def test_what_the_hook_raises_ends_the_request() -> None:
    class CannotRecord(Exception):
        pass

    def refuse(exchange: Exchange) -> None:
        raise CannotRecord

    with OpenAIServer(["ok"]) as server, client(server, refuse) as llm, pytest.raises(CannotRecord):
        llm.complete(REQUEST)


def test_an_answer_cut_off_says_so() -> None:
    with OpenAIServer([chat("def f(", finish_reason="length")]) as server, client(server) as llm:
        assert llm.complete(REQUEST).finish_reason == "length"


@pytest.mark.parametrize(
    ("usage", "kept"),
    [
        (
            {"prompt_tokens": 1, "completion_tokens_details": None, "cost": 0.1, "ok": True, "odd": -1},
            {"prompt_tokens": 1},
        ),
        ("words", {}),
        ([1], {}),
    ],
)
def test_odd_token_counts_do_not_spoil_an_answer(usage: Any, kept: dict[str, int]) -> None:
    with OpenAIServer([chat("ok", usage=usage, model=None, finish_reason=None)]) as server, client(server) as llm:
        assert llm.complete(REQUEST) == ChatAnswer("ok", "unknown", "asked-model", kept)


def test_the_package_is_imported_only_to_connect() -> None:
    code = (
        "import sys, llmdas.llm.replay, llmdas.llm.extract, llmdas.llm.openai;"
        "sys.exit(','.join({'openai', 'httpx2'} & set(sys.modules)) or 0)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr.strip()) == (0, "")


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_usage_keeps_known_counts_only() -> None:
    usage = {"prompt_tokens": 3, "sk-canary": 1, "total_tokens": True, "completion_tokens": -1}
    with OpenAIServer([chat("ok", usage=usage)]) as server, connect(EndpointSettings(base_url=server.base_url)) as llm:
        assert llm.complete(REQUEST).usage == {"prompt_tokens": 3}
