"""The last hands on a request: only the headers that are needed leave, and what left is counted and hashed.

Importing this module imports `httpx2`, the transport of the `openai` package; `llmdas.llm.openai` does so lazily.
"""

from __future__ import annotations

import logging
import time
import urllib.request

import httpx2

from llmdas.digest import sha256
from llmdas.llm.endpoint import EndpointSettings, Exchange, OnSent

# The transport's DEBUG log repeats headers word by word, those of a hostile endpoint that echoes the key among them.
logging.getLogger("httpcore2").setLevel(logging.WARNING)

USER_AGENT = "llmdas"
_KEPT_REPLY_HEADERS = ("retry-after", "retry-after-ms", "location")


class UnusableAnswer(Exception):
    """The answer's body was not read: it is too long or it is compressed although nobody asked for that."""


class Wire(httpx2.BaseTransport):
    """Transport that rewrites headers, reads answers within limits, follows nothing and keeps no cookies.

    The key is added here, to a copy of the request that nobody else sees, so no exception or log of the layers
    above can hold it.
    """

    def __init__(self, settings: EndpointSettings, on_sent: OnSent | None = None) -> None:
        self._settings = settings
        self._on_sent = on_sent
        self._inner = httpx2.HTTPTransport(trust_env=settings.proxies, proxy=_proxy(settings), retries=0)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request and read its answer whole.

        Raises:
            UnusableAnswer: the body is longer than max_answer_bytes, or compressed.
            httpx2.TransportError: no connection, or it broke, or it took longer than the read timeout in all.
        """
        body, began = request.read(), time.monotonic()
        status: int | None = None
        opened = True
        try:
            response = self._inner.handle_request(self._stripped(request, body))
            status = response.status_code
            try:
                data = self._read(response, began + request.extensions["timeout"]["read"])
            finally:
                response.close()
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            opened = False
            raise
        finally:
            self._report(request.url.host, body if opened else b"", status, began)
        return httpx2.Response(status, headers=_kept(response.headers), content=data)

    def close(self) -> None:
        """Close all connections."""
        self._inner.close()

    def _stripped(self, request: httpx2.Request, body: bytes) -> httpx2.Request:
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # a compressed answer could unfold beyond any limit
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
        }
        if self._settings.api_key is not None:
            headers["Authorization"] = f"Bearer {self._settings.api_key.get_secret_value()}"
        return httpx2.Request(
            request.method, request.url, headers=headers, content=body, extensions=dict(request.extensions)
        )

    def _read(self, response: httpx2.Response, until: float) -> bytes:
        encoding = response.headers.get("content-encoding", "identity")
        if encoding.strip().lower() != "identity":
            raise UnusableAnswer("compressed although uncompressed text was asked for")
        data = bytearray()
        for chunk in response.iter_raw():  # as they arrive: a chunk size would wait for whole chunks
            data += chunk
            if len(data) > self._settings.max_answer_bytes:
                raise UnusableAnswer(f"longer than {self._settings.max_answer_bytes} bytes")
            if time.monotonic() > until:  # a read timeout bounds each silence only, not their sum
                raise httpx2.ReadTimeout("the answer did not become whole in time", request=None)
        return bytes(data)

    def _report(self, host: str, body: bytes, status: int | None, began: float) -> None:
        if self._on_sent is not None:
            self._on_sent(Exchange(host, len(body), sha256(body), status, time.monotonic() - began))


def _kept(headers: httpx2.Headers) -> dict[str, str]:
    """Return the headers that are read further up; the charset is dropped, for JSON is UTF-8 (RFC 8259)."""
    kept = {name: headers[name] for name in _KEPT_REPLY_HEADERS if name in headers}
    return {**kept, "content-type": headers.get("content-type", "").split(";")[0].strip().lower()}


def _proxy(settings: EndpointSettings) -> str | None:
    """Return the environment's proxy for this endpoint, or None; asked for only with ``proxies``."""
    if not settings.proxies or urllib.request.proxy_bypass(settings.host):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(settings.base_url.split(":")[0]) or proxies.get("all")
