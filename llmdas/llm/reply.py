"""What an endpoint's reply means: an answer, or a problem told in one sentence.

Problems are data until the last attempt is over; only then does one become an LLMError.
"""

from __future__ import annotations

import email.utils
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from llmdas.llm.interface import ChatAnswer

RETRIED = frozenset({408, 409, 429})
_QUOTED = 200
_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")  # other names are the endpoint's words, and not kept


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one attempt gave no answer.

    Attributes:
        text: what happened, a sentence without its final dot.
        remedy: what to do, one sentence.
        again: another attempt may help.
        wait_s: seconds that the endpoint asks to wait before it, or None.
    """

    text: str
    remedy: str
    again: bool = False
    wait_s: float | None = None


Redact = Callable[[str], str]


def read_answer(body: bytes, content_type: str, host: str, model: str, *, redact: Redact = str) -> ChatAnswer | Problem:
    """Read the body of a reply with status 200 (OpenAI chat completions object).

    `content_type` is the media type alone, lower case; `model` is the one asked for, used when the reply names none;
    `redact` takes secrets out of the endpoint's own words before they are shortened and quoted.
    """
    if content_type != "application/json" and not content_type.endswith("+json"):
        return Problem(
            f"The endpoint {host} answered with {redact(content_type)[:40] or 'no content type'} instead of JSON",
            "Check the base URL; it usually ends in /v1.",
        )
    value = _parsed(body)
    if not isinstance(value, dict):
        return Problem(
            f"The endpoint {host} answered with {len(body)} bytes that are not a JSON object",
            "Check that it speaks the OpenAI chat completions protocol.",
        )
    choices = value.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        return Problem(
            f"The endpoint {host} answered with JSON that has no choices[0].message{_said(value, redact)}",
            "Check that it speaks the OpenAI chat completions protocol.",
        )
    finish = choice.get("finish_reason")
    finish = finish if isinstance(finish, str) and finish else "unknown"
    text = _content(message, finish, host, redact)
    if isinstance(text, Problem):
        return text
    named = value.get("model")
    return ChatAnswer(
        text=text,
        finish_reason=finish,
        model=named if isinstance(named, str) and named else model,
        usage=_counts(value.get("usage")),
    )


def read_refusal(
    status: int, headers: Mapping[str, str], body: bytes, host: str, model: str, *, redact: Redact = str
) -> Problem:
    """Say what a status other than 2xx means and whether another attempt may help; `redact` as in `read_answer`."""
    said = _said(_parsed(body), redact)
    if status in (401, 403):
        return Problem(
            f"The endpoint {host} refused the key (HTTP {status}){said}",
            "Check that the key is set, valid for this endpoint and allowed to use this model.",
        )
    if status == 404:
        return Problem(
            f"The endpoint {host} knows no such address or model {model[:80]!r} (HTTP 404){said}",
            "Check the model's name and the base URL; it usually ends in /v1.",
        )
    if 300 <= status < 400:
        return Problem(
            f"The endpoint {host} redirects to {redact(headers.get('location', 'nowhere'))[:120]!r} (HTTP {status}),"
            " and redirects are not followed",
            "Set the base URL to the final address if requests may go there.",
        )
    if status in RETRIED or status >= 500:
        return Problem(
            f"The endpoint {host} answered with HTTP {status}{said}",
            "Wait and try again, or check the endpoint's rate limits and health.",
            again=True,
            wait_s=retry_after(headers),
        )
    return Problem(
        f"The endpoint {host} refused the request (HTTP {status}){said}",
        "Check that this model takes the model name, temperature, top_p, max_tokens and seed that were sent.",
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that the endpoint asks to wait: retry-after-ms, or Retry-After (RFC 9110, 10.2.3), or None."""
    for name, scale in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) / scale
        except (KeyError, ValueError):
            continue
        if math.isfinite(seconds) and seconds >= 0:
            return seconds
    try:
        return max(0.0, email.utils.parsedate_to_datetime(headers["retry-after"]).timestamp() - time.time())
    except (KeyError, ValueError, TypeError, OverflowError):
        return None


def _content(message: dict[str, Any], finish: str, host: str, redact: Redact) -> str | Problem:
    text, refusal = message.get("content"), message.get("refusal")
    if isinstance(refusal, str) and refusal.strip():
        return Problem(
            f"The model behind {host} refused to answer{_quoted(redact(refusal))}",
            "Change the request or use another model.",
        )
    if not isinstance(text, str) or not text.strip():
        came = "empty content" if text is None or isinstance(text, str) else f"content of type {type(text).__name__}"
        remedy = "Raise max_tokens." if finish == "length" else "Try again, or use another model."
        return Problem(f"The endpoint {host} answered with {came} (finish_reason {redact(finish)[:40]})", remedy)
    try:
        text.encode()
    except UnicodeEncodeError:
        return Problem(f"The endpoint {host} answered with text that is not valid Unicode", "Use another endpoint.")
    return text


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):  # not JSON, not UTF-8, or nested without end
        return None


def _said(value: Any, redact: Redact) -> str:
    """Return the endpoint's own words about an error, quoted and shortened, or nothing."""
    if not isinstance(value, dict):
        return ""
    error = value.get("error")
    words = error.get("message") if isinstance(error, dict) else error or value.get("message") or value.get("detail")
    return _quoted(redact(words)) if isinstance(words, str) and words.strip() else ""


def _quoted(words: str) -> str:
    plain = "".join(c if c.isprintable() else " " for c in words[: 4 * _QUOTED])
    plain = " ".join(plain.split())
    return f": {plain if len(plain) <= _QUOTED else plain[:_QUOTED] + '...'}"


def _counts(usage: Any) -> dict[str, int]:
    if not isinstance(usage, dict):
        return {}
    counts = {name: usage.get(name) for name in _COUNTS}
    return {name: n for name, n in counts.items() if isinstance(n, int) and not isinstance(n, bool) and n >= 0}
