"""Asks an endpoint that speaks the OpenAI chat completions protocol, through the `openai` package.

One layer of retries (tenacity, here; the package's own are off), no redirects, no proxies unless asked, and no more
headers than needed. The key is known to the settings and to `wire` alone.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import tenacity

from llmdas.digest import canonical_json
from llmdas.errors import LLMError
from llmdas.llm.endpoint import EndpointSettings, Exchange, OnSent
from llmdas.llm.interface import LLM, ChatAnswer, ChatRequest
from llmdas.llm.reply import Problem, read_answer, read_refusal

if TYPE_CHECKING:
    from openai import APIConnectionError, OpenAI

__all__ = ["EndpointSettings", "Exchange", "OnSent", "OpenAIClient", "connect"]

# Long enough not to be a word: a local server's key may be as plain as "ollama".
_SECRET_LENGTH = 12


def connect(settings: EndpointSettings, on_sent: OnSent | None = None) -> OpenAIClient:
    """Return a client for an allowed endpoint; opens no connection yet.

    `on_sent` is called after every real HTTP attempt, in the thread that made it; what it raises ends the request.

    Raises:
        ConfigError: the host is not allowed, or another setting is wrong.
    """
    import httpx2
    import openai

    from llmdas.llm.wire import Wire

    settings = EndpointSettings.model_validate(dict(settings))  # a copy made by model_copy has not been checked
    http = httpx2.Client(transport=Wire(settings, on_sent), trust_env=False, follow_redirects=False)
    # The package gets no key: it would hold it in requests, logs and exceptions; `wire` adds it at the very end.
    client = openai.OpenAI(
        api_key="kept-by-llmdas",
        base_url=settings.base_url,
        max_retries=0,
        timeout=settings.timeout_s,
        http_client=http,
    )
    return OpenAIClient(settings, client)


class OpenAIClient(LLM):
    """A live model behind an OpenAI-compatible endpoint; made by `connect`, closed by `close` or a with-block."""

    name = "openai"

    def __init__(self, settings: EndpointSettings, client: OpenAI) -> None:
        self._settings = settings
        self._client = client
        self._backoff = tenacity.wait_exponential(multiplier=settings.backoff_s) + tenacity.wait_random(
            0, settings.backoff_s
        )

    def __repr__(self) -> str:
        return f"OpenAIClient({self._settings.host})"

    def __enter__(self) -> OpenAIClient:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections; safe to call twice."""
        self._client.close()

    def complete(self, request: ChatRequest) -> ChatAnswer:
        """Send the request's exact body and return the answer; every attempt and wait is within the settings' limits.

        Raises:
            LLMError: no connection, a refusal, too slow, or something that is not an answer; one sentence and a remedy.
        """
        _check_sendable(request)
        until = time.monotonic() + self._settings.total_s
        attempts = 0

        def attempt() -> ChatAnswer | Problem:
            nonlocal attempts
            attempts += 1
            return self._attempt(request, until)

        retrying = tenacity.Retrying(
            stop=tenacity.stop_any(
                tenacity.stop_after_attempt(self._settings.retries), tenacity.stop_before_delay(self._settings.total_s)
            ),
            wait=self._wait,
            retry=tenacity.retry_if_result(lambda outcome: isinstance(outcome, Problem) and outcome.again),
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )
        outcome = retrying(attempt)
        # Raised here, outside every handler, so that no exception of a lower layer hangs on to it.
        if isinstance(outcome, Problem):
            count = f", after {attempts} attempts" if attempts > 1 else ""
            raise LLMError(f"{self._redacted(outcome.text)}{count}.", outcome.remedy)
        return outcome

    def _attempt(self, request: ChatRequest, until: float) -> ChatAnswer | Problem:
        import openai

        from llmdas.llm.wire import UnusableAnswer

        host, model = self._settings.host, request.sampling.model
        left = max(0.001, min(self._settings.timeout_s, until - time.monotonic()))
        try:
            raw = self._client.chat.completions.with_raw_response.create(**request.body(), timeout=left)
        except openai.APIStatusError as error:
            reply = error.response
            return self._within_cap(
                read_refusal(reply.status_code, reply.headers, reply.content, host, model, redact=self._redacted)
            )
        except openai.APIConnectionError as error:
            return _no_connection(error, host, left)
        except UnusableAnswer as error:
            return Problem(f"The endpoint {host} answered with a body that is {error}", "Check the base URL.")
        except openai.OpenAIError as error:
            return Problem(f"The request to {host} failed: {type(error).__name__}", "Check the endpoint's settings.")
        reply = raw.http_response
        answer = read_answer(reply.content, reply.headers.get("content-type", ""), host, model, redact=self._redacted)
        return self._keyless(answer) if isinstance(answer, ChatAnswer) else answer

    def _wait(self, state: tenacity.RetryCallState) -> float:
        outcome = state.outcome.result() if state.outcome else None
        if isinstance(outcome, Problem) and outcome.wait_s is not None:
            return outcome.wait_s
        return min(self._backoff(state), self._settings.wait_cap_s)

    def _within_cap(self, problem: Problem) -> Problem:
        cap = self._settings.wait_cap_s
        if problem.wait_s is None or problem.wait_s <= cap:
            return problem
        return Problem(f"{problem.text} and asks to wait {problem.wait_s:.0f} s, more than {cap:.0f} s", problem.remedy)

    def _redacted(self, text: str) -> str:
        key = self._settings.api_key
        return re.sub(re.escape(key.get_secret_value()), "[key]", text, flags=re.IGNORECASE) if key else text

    def _keyless(self, answer: ChatAnswer) -> ChatAnswer | Problem:
        """Refuse an answer that repeats the key, for answers are stored and shown."""
        key = self._settings.api_key.get_secret_value() if self._settings.api_key else ""
        if len(key) < _SECRET_LENGTH or not any(
            key.lower() in text.lower() for text in (answer.text, answer.finish_reason, answer.model)
        ):
            return answer
        return Problem(f"The endpoint {self._settings.host} repeated the key in its answer", "Do not trust it.")


def _check_sendable(request: ChatRequest) -> None:
    sendable = True
    try:
        canonical_json(request.body())
    except ValueError:  # lone surrogates, or a number that is not finite
        sendable = False
    if not sendable:
        raise LLMError("The request holds a character or number that JSON cannot carry.", "Mend the prompt's text.")


def _no_connection(error: APIConnectionError, host: str, seconds: float) -> Problem:
    """Tell a connection that failed, which may be tried again, from an answer that is late, which may not.

    The endpoint already has a late request and may bill it: asking again would double that.
    """
    import httpx2

    cause = error.__cause__
    if isinstance(cause, httpx2.ReadTimeout):
        return Problem(f"The endpoint {host} gave no whole answer within {seconds:g} s", "Raise timeout_s.")
    if isinstance(cause, httpx2.TimeoutException):
        return Problem(f"No connection to {host} within {seconds:g} s", "Check address and network.", again=True)
    detail = " ".join(str(cause).split())[:200] or type(cause).__name__
    return Problem(
        f"The connection to {host} failed ({detail})",
        "Check that the endpoint runs and that the base URL is right.",
        again=True,
    )
