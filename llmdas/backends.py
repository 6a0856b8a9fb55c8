"""Opens the language model that the settings name; belongs to the writing world."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from llmdas.config import Settings
from llmdas.errors import ConfigError
from llmdas.llm.endpoint import LOOPBACK_NAMES, OFFICIAL_HOST, EndpointSettings
from llmdas.llm.interface import LLM, Sampling
from llmdas.llm.replay import Recorder, Replay
from llmdas.resources import resource

# The model whose answers are recorded; replay must ask for it by this name to meet the recorded requests.
RECORDED_MODEL = "claude"


def sampling_of(settings: Settings) -> Sampling:
    """Return the sampling that every request of a run is sent with.

    Raises:
        ConfigError: a live endpoint is asked but no model is named.
    """
    model = settings.model or (RECORDED_MODEL if settings.backend == "replay" else None)
    if model is None:
        raise ConfigError(
            "No model is named for the live endpoint.",
            "Set LLMDAS_MODEL or --model, or take the recorded answers with LLM=replay (--llm replay).",
        )
    return Sampling(model, settings.temperature, settings.top_p, settings.max_tokens, settings.llm_seed)


def endpoint_of(settings: Settings) -> EndpointSettings:
    """Return the live endpoint's checked settings.

    Raises:
        ConfigError: the host is not allowed, the URL holds credentials, or another value is wrong.
    """
    return EndpointSettings(
        base_url=settings.base_url,
        api_key=settings.api_key,
        allowed_hosts=(OFFICIAL_HOST, *LOOPBACK_NAMES, *settings.allow_hosts),
        timeout_s=settings.timeout,
        retries=settings.retries,
        proxies=settings.proxies,
    )


def check_llm(settings: Settings) -> None:
    """Check all that can be checked before a run begins; opens no connection.

    Raises:
        ConfigError: as `endpoint_of` and `sampling_of`.
    """
    sampling_of(settings)
    if settings.backend == "openai":
        endpoint_of(settings)


@contextmanager
def open_llm(settings: Settings, on_exchange: Callable[[dict[str, Any]], None]) -> Iterator[LLM]:
    """Open the backend for one run; `on_exchange` is told what really left over HTTP.

    Raises:
        ConfigError: the endpoint's host is not allowed, or another setting is wrong.
        LLMError: the folder of recordings is missing or holds a malformed one.
    """
    if settings.backend == "replay":
        yield Replay.open(settings.recordings or resource("llmdas/library/recordings"))
        return
    from llmdas.llm.openai import connect

    with connect(endpoint_of(settings), lambda exchange: on_exchange(asdict(exchange))) as client:
        yield Recorder(client, settings.record, _source(settings)) if settings.record else client


def _source(settings: Settings) -> str:
    endpoint = endpoint_of(settings)
    return f"chat completions endpoint {'on loopback' if endpoint.on_loopback else endpoint.host}"


def describe_llm(settings: Settings) -> str:
    """Say in one line which model answers and why.

    Raises:
        ConfigError: the endpoint's settings are wrong; nothing of a URL that may hold a secret is repeated.
    """
    if settings.backend == "openai":
        return f"LLM: {sampling_of(settings).model} at {endpoint_of(settings).host}"
    why = "as asked" if settings.llm == "replay" else "no key or endpoint is set"
    where = f" from {settings.recordings}" if settings.recordings else ""
    return f"LLM: replay of recorded answers (model {sampling_of(settings).model}{where}; {why}); nothing is sent"
