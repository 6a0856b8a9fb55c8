"""A real HTTP server on loopback that speaks the OpenAI chat completions protocol, scripted per test.

    with OpenAIServer(script=["first answer", Reply(status=500), lambda request: "third answer"]) as server:
        connect(EndpointSettings(base_url=server.base_url))
        assert server.requests[0].json()["model"] == "m"

Each POST to ``/v1/chat/completions`` takes the next entry of the script: a text (a good answer), a `Reply`, or a
callable that gets the `Captured` request and returns either. Scripts may be endless iterables. A request beyond the
script's end gets status 400. An exception in a callable is raised again where the with-block ends.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Captured:
    """One request as it arrived; header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What the server sends back.

    `body` may be bytes, text or a JSON-like value. `delay_s` passes before anything is sent. `hang_up` closes the
    connection without a word. `chunk_s`, when not 0, sends the body byte by byte with that many seconds between.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = b""
    delay_s: float = 0.0
    hang_up: bool = False
    chunk_s: float = 0.0

    def payload(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


Entry = str | Reply | Callable[[Captured], "str | Reply"]


def chat(
    content: Any, *, finish_reason: Any = "stop", model: Any = "served-model", usage: Any = None, **message: Any
) -> Reply:
    """A chat completion whose parts can be anything; further keywords go into the message."""
    return Reply(
        body={
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": model,
            "choices": [
                {
                    "index": 0,
                    "finish_reason": finish_reason,
                    "message": {"role": "assistant", "content": content, **message},
                }
            ],
            "usage": usage or {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8},
        }
    )


def failed(status: int, message: str = "scripted failure", **headers: str) -> Reply:
    """An error as OpenAI words it; underscores in header names become dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, headers=named, body={"error": {"message": message, "type": "scripted", "code": None}})


class OpenAIServer:
    """The server; `base_url` ends in ``/v1``, `requests` holds every request in order of arrival."""

    def __init__(self, script: Iterable[Entry] = ()) -> None:
        self.requests: list[Captured] = []
        self.errors: list[Exception] = []
        self.closing = threading.Event()
        self._script = iter(script)
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: object, *exc: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if self.errors and kind is None:
            raise self.errors[0]

    def answer(self, request: Captured) -> Reply:
        """Take the next entry of the script for this request."""
        with self._lock:
            self.requests.append(request)
            if not urlsplit(request.path).path.endswith("/v1/chat/completions") or request.method != "POST":
                return failed(404, f"no such path: {request.path}")
            entry = next(self._script, None)
        if entry is None:
            return failed(400, f"the script has no entry for request {len(self.requests)}")
        try:
            reply = entry if isinstance(entry, str | Reply) else entry(request)
        except Exception as error:  # raised again at the end of the with-block
            self.errors.append(error)
            return failed(400, "the scripted callable raised")
        return chat(reply) if isinstance(reply, str) else reply


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, owner: OpenAIServer) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is part of some scripts."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, *args: object) -> None:
        """Say nothing: the captured requests are the log."""

    def do_POST(self) -> None:
        owner = self.server.owner
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = owner.answer(Captured(self.command, self.path, headers, body))
        if reply.delay_s:
            owner.closing.wait(reply.delay_s)
        if reply.hang_up:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._send(reply, owner)

    do_GET = do_POST

    def _send(self, reply: Reply, owner: OpenAIServer) -> None:
        data = reply.payload()
        headers = {"Content-Type": "application/json", **reply.headers, "Content-Length": str(len(data))}
        self.send_response(reply.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if not reply.chunk_s:
            self.wfile.write(data)
            return
        for byte in data:
            if owner.closing.wait(reply.chunk_s):
                return
            self.wfile.write(bytes([byte]))
