"""Settings of an endpoint: what is refused before any client exists, and that no text ever holds the key."""

from __future__ import annotations

import socket
import traceback
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from llmdas.errors import ConfigError
from llmdas.llm.openai import EndpointSettings, connect

KEY = "sk-test-0123456789abcdef"


def settings(**fields: Any) -> EndpointSettings:
    return EndpointSettings(**{"api_key": KEY, **fields})


def test_defaults_reach_the_official_host_and_loopback_only() -> None:
    official = settings()
    assert official.host == "api.openai.com"
    assert official.proxies is False
    assert set(official.allowed_hosts) == {"api.openai.com", "127.0.0.1", "localhost", "::1"}


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/v1",
        "http://localhost/v1",
        "http://LOCALHOST:1/v1",
        "http://[::1]:9/v1",
        "http://[0:0::1]",
    ],
)
def test_loopback_needs_neither_key_nor_encryption(url: str) -> None:
    assert EndpointSettings(base_url=url).on_loopback


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://llm.example.org/v1", "llm.example.org"),
        ("https://api.openai.com.example.org/v1", "not among the allowed hosts"),
        ("https://api.openai.com@example.org/v1", "credentials"),
        ("https://user:pass@api.openai.com/v1", "credentials"),
        ("https://api.openai.com/v1?key=1", "query"),
        ("https://api.openai.com/v1#top", "fragment"),
        ("https://api.openai.com\\.example.org/v1", "not an http or https address"),
        ("https://api.openai.com/v1\n", "not an http or https address"),
        ("https://api.openаi.com/v1", "not an http or https address"),  # noqa: RUF001 - a Cyrillic letter is the point
        ("https://api.openai.com:99999/v1", "not an http or https address"),
        ("file:///etc/passwd", "not an http or https address"),
        ("api.openai.com/v1", "not an http or https address"),
        ("", "not an http or https address"),
        ("http://2130706433/v1", "not among the allowed hosts"),
        ("http://127.0.0.1.example.org/v1", "not among the allowed hosts"),
        ("http://api.openai.com/v1", "unencrypted"),
    ],
)
def test_an_address_that_may_not_be_called_is_refused(url: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        settings(base_url=url)
    assert "pass" not in str(caught.value).replace("/etc/passwd", "")


def test_refusing_a_host_says_how_to_allow_it() -> None:
    with pytest.raises(ConfigError) as caught:
        settings(base_url="https://llm.example.org/v1")
    assert "Add llm.example.org to allowed_hosts" in caught.value.remedy
    assert (
        settings(base_url="https://llm.example.org/v1", allowed_hosts=("LLM.example.org.",)).host == "llm.example.org"
    )


def test_a_remote_endpoint_needs_a_key() -> None:
    with pytest.raises(ConfigError, match=r"no key for api\.openai\.com"):
        EndpointSettings(api_key=SecretStr(" \n"))


@pytest.mark.parametrize(
    "fields",
    [
        {"timeout_s": 0},
        {"timeout_s": float("nan")},
        {"retries": 0},
        {"retries": 1000},
        {"max_answer_bytes": 0},
        {"no_such_setting": 1},
        {"base_url": None},
        {"api_key": 12345678},
    ],
)
def test_a_malformed_setting_is_a_config_error_that_names_it(fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(fields))):
        settings(**fields)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        settings().retries = 9  # type: ignore[misc]  # the refusal is the point


@pytest.mark.parametrize("key", [KEY + "\nX-Injected: 1", KEY + " more", KEY + "é", KEY + "\x00"])
def test_a_key_that_would_break_the_header_is_refused_unseen(key: str) -> None:
    with pytest.raises(ConfigError, match="key holds") as caught:
        settings(api_key=key)
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_a_key_read_with_its_newline_is_trimmed() -> None:
    key = settings(api_key=KEY + "\n").api_key
    assert key is not None
    assert key.get_secret_value() == KEY


@pytest.mark.parametrize("fields", [{"timeout_s": -1}, {"base_url": "https://llm.example.org"}, {"api_key": [KEY]}])
def test_no_refusal_shows_the_key(fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        settings(**fields)
    chain = [caught.value, caught.value.__cause__, caught.value.__context__]
    assert not any(KEY in text for error in chain for text in (str(error), repr(error)))
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_no_rendering_of_settings_shows_the_key() -> None:
    given_settings = settings()
    for text in (
        repr(given_settings),
        str(given_settings),
        given_settings.model_dump_json(),
        str(dict(given_settings)),
    ):
        assert KEY not in text


def test_connect_checks_a_copy_that_skipped_the_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_socket(*args: object, **kwargs: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "getaddrinfo", no_socket)
    monkeypatch.setattr(socket.socket, "connect", no_socket)
    moved = settings().model_copy(update={"base_url": "https://llm.example.org/v1"})
    with pytest.raises(ConfigError, match=r"llm\.example\.org"):
        connect(moved)


@given(
    st.one_of(
        st.text(max_size=40),
        st.from_regex(
            r"https?://[a-z0-9.:@\[\]\\/%-]{1,12}(127\.0\.0\.1|localhost|api\.openai\.com)?.{0,8}", fullmatch=True
        ),
        st.from_regex(
            r"https?://(127\.0\.0\.1|LocalHost|api\.openai\.com|\[::1\])[:0-9]{0,4}[/.@\\%a-z0-9]{0,6}", fullmatch=True
        ),
    )
)
def test_an_accepted_address_is_read_alike_by_the_transport(url: str) -> None:
    try:
        accepted = settings(base_url=url)
    except ConfigError:
        return
    assert httpx2.URL(url).host == accepted.host
    assert httpx2.URL(url).host in accepted.allowed_hosts
    assert httpx2.URL(url).userinfo == b""
