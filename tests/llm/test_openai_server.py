"""The scripted server itself: a test that goes off its script must not pass by accident."""

from __future__ import annotations

import pytest

from llmdas.errors import LLMError
from llmdas.llm.interface import ChatRequest, Message, Sampling
from llmdas.llm.openai import EndpointSettings, OpenAIClient, connect
from tests.support.openai_server import Captured, OpenAIServer, chat


def ask(server: OpenAIServer, words: str) -> str:
    with client(server) as llm:
        return llm.complete(ChatRequest((Message("user", words),), Sampling("m"))).text


def client(server: OpenAIServer, suffix: str = "") -> OpenAIClient:
    return connect(EndpointSettings(base_url=server.base_url + suffix, backoff_s=0.001))


def test_a_callable_sees_the_request_and_chooses_the_answer() -> None:
    def echo(request: Captured) -> str:
        return f"you said {request.json()['messages'][0]['content']}"

    with OpenAIServer([echo, lambda request: chat("whole reply"), "text"]) as server:
        assert [ask(server, "a"), ask(server, "b"), ask(server, "c")] == ["you said a", "whole reply", "text"]


def test_a_request_beyond_the_script_is_refused() -> None:
    with OpenAIServer(["only one"]) as server:
        ask(server, "a")
        with pytest.raises(LLMError, match="no entry for request 2"):
            ask(server, "b")


def test_an_assertion_in_a_callable_fails_the_test() -> None:
    def check(request: Captured) -> str:
        assert request.json()["model"] == "another", "wrong model"
        return "ok"

    with (
        pytest.raises(AssertionError, match="wrong model"),
        OpenAIServer([check]) as server,
        pytest.raises(LLMError),
    ):
        ask(server, "a")


def test_another_path_takes_nothing_from_the_script() -> None:
    with OpenAIServer(["answer"]) as server:
        with client(server, "/deeper") as llm, pytest.raises(LLMError, match="no such address"):
            llm.complete(ChatRequest((), Sampling("m")))
        assert ask(server, "a") == "answer"
