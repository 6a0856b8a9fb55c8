"""Where a language model may be reached: frozen settings, checked before any client or socket exists.

The URL is held to a narrow grammar, so that the host checked here is the host that is called.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from llmdas.errors import ConfigError

OFFICIAL_HOST = "api.openai.com"
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?(?P<path>/[A-Za-z0-9._~/%-]*)?",
)
_KEY = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One real HTTP attempt: what left this process, where to, and what came of it.

    Attributes:
        host: host that was called, without port.
        sent_bytes: bytes of the request's body handed to the connection; 0 when no connection was opened.
        sent_sha256: hex SHA-256 of exactly those bytes.
        status: HTTP status, or None when no answer came.
        seconds: wall seconds from the start of the attempt to its end.
    """

    host: str
    sent_bytes: int
    sent_sha256: str
    status: int | None
    seconds: float


OnSent = Callable[[Exchange], None]


class EndpointSettings(BaseModel):
    """How to reach an endpoint that speaks the OpenAI chat completions protocol.

    Every malformed value raises ConfigError, whose text never holds the value of a secret.

    Attributes:
        base_url: such as ``https://api.openai.com/v1``; no credentials, query or fragment; plain http only to loopback.
        api_key: sent as a bearer token; may be left out for an endpoint on loopback.
        allowed_hosts: host names that may be called, without ports.
        timeout_s: seconds to connect, and seconds until an attempt's answer must be whole.
        retries: attempts in all, on 408, 409, 429, 5xx and connections that fail.
        proxies: use the proxy and certificate variables of the environment.
        backoff_s: seconds before the second attempt, doubled from there on, with jitter; Retry-After goes before it.
        wait_cap_s: the longest wait between two attempts; an endpoint that asks for more is not asked again.
        deadline_s: seconds for all attempts and waits together; None: what timeout_s, retries and wait_cap_s allow.
        max_answer_bytes: the longest body of an answer that is read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    base_url: str = f"https://{OFFICIAL_HOST}/v1"
    api_key: SecretStr | None = None
    allowed_hosts: tuple[str, ...] = (OFFICIAL_HOST, *LOOPBACK_NAMES)
    timeout_s: float = Field(default=120.0, gt=0, le=86_400)
    retries: int = Field(default=3, ge=1, le=20)
    proxies: bool = False
    backoff_s: float = Field(default=1.0, gt=0, le=3_600)
    wait_cap_s: float = Field(default=60.0, gt=0, le=3_600)
    deadline_s: float | None = Field(default=None, gt=0, le=604_800)
    max_answer_bytes: int = Field(default=8 << 20, gt=0)

    @model_validator(mode="wrap")
    @classmethod
    def _speak_as_config_error(
        cls, data: Any, handler: ModelWrapValidatorHandler[EndpointSettings]
    ) -> EndpointSettings:
        problem = ""
        try:
            return handler(data)
        except ValidationError as error:
            first = error.errors(include_input=False, include_context=False, include_url=False)[0]
            problem = f"{'.'.join(str(part) for part in first['loc']) or 'settings'}: {first['msg']}"
        # Raised outside the handler, so that no chained exception carries the refused input.
        raise ConfigError(f"The endpoint's settings are wrong at {problem}.", "Correct that setting.")

    @field_validator("api_key")
    @classmethod
    def _tidy_key(cls, key: SecretStr | None) -> SecretStr | None:
        text = key.get_secret_value().strip() if key else ""
        if text and not _KEY.fullmatch(text):
            raise ConfigError(
                "The endpoint's key holds spaces, control characters or characters beyond ASCII.",
                "Copy the key again, alone and on one line.",
            )
        return SecretStr(text) if text else None

    @field_validator("allowed_hosts")
    @classmethod
    def _tidy_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_canonical(host.strip("[] ")) for host in hosts)

    @model_validator(mode="after")
    def _check_address(self) -> EndpointSettings:
        match = _match_url(self.base_url)
        if self.host not in self.allowed_hosts:
            raise ConfigError(
                f"The host {self.host} is not among the allowed hosts ({', '.join(self.allowed_hosts) or 'none'}).",
                f"Add {self.host} to allowed_hosts if requests may go there.",
            )
        if match["scheme"] == "http" and not self.on_loopback:
            raise ConfigError(
                f"The base URL would send requests to {self.host} unencrypted.",
                "Use https; plain http is for loopback only.",
            )
        if self.api_key is None and not self.on_loopback:
            raise ConfigError(f"There is no key for {self.host}.", "Set the endpoint's key, or answer from recordings.")
        return self

    @property
    def host(self) -> str:
        """Host of the base URL, lower case, without brackets and port."""
        return _canonical(_match_url(self.base_url)["host"].strip("[]"))

    @property
    def on_loopback(self) -> bool:
        """True when the host is this machine itself."""
        return self.host == "localhost" or _is_loopback_address(self.host)

    @property
    def total_s(self) -> float:
        """Seconds after which no further attempt begins and a running one is cut short."""
        if self.deadline_s is not None:
            return self.deadline_s
        return self.retries * self.timeout_s + (self.retries - 1) * self.wait_cap_s


def _match_url(url: str) -> re.Match[str]:
    if "@" in url or "?" in url or "#" in url:
        raise ConfigError(
            "The base URL holds credentials, a query or a fragment.",
            "Give scheme, host, port and path only, and the key as a setting of its own.",
        )
    match = _URL.fullmatch(url)
    if match is None or int(match["port"] or 1) not in range(1, 65_536):
        raise ConfigError(
            "The base URL is not an http or https address of plain ASCII.",
            f"Write it like https://{OFFICIAL_HOST}/v1.",
        )
    return match


def _canonical(host: str) -> str:
    """Return one spelling per host: lower case, no final dot, IPv6 addresses compressed."""
    host = host.lower().rstrip(".")
    try:
        return ipaddress.ip_address(host).compressed
    except ValueError:
        return host


def _is_loopback_address(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
