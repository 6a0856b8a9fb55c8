"""The guest of the escape tests: the product's own conversation and lockdown, but any Python in place of programs.

It lies in a root that only these tests build; the product has no way to start it. Mode `main` stands under everything
but gate and guards; mode `bare` leaves the second system-call filter out as well, so that namespaces, container, first
filter and limits are seen to hold by themselves.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any

sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(__file__))))


class Anything:
    """A language without guards."""

    def namespace(self, policy: Mapping[str, Any], on_print: Callable[[int], None]) -> dict[str, Any]:
        from llmdas_sandbox.guest import tools

        return {"__name__": "program", "tools": tools}

    def compile(self, source: bytes) -> CodeType:
        return compile(source, "program.py", "exec")


def run(mode: str, inward: str, outward: str) -> None:
    from llmdas_sandbox.frames import Channel
    from llmdas_sandbox.guest import lockdown
    from llmdas_sandbox.guest.main import serve

    if mode == "bare":
        lockdown.filter_calls = lambda: None
    write_fd = int(outward) if outward.isdigit() else os.open(outward, os.O_WRONLY)
    read_fd = int(inward) if inward.isdigit() else os.open(inward, os.O_RDONLY)
    serve(Channel(read_fd, write_fd, timed=False), Anything())


if __name__ == "__main__":
    run(*sys.argv[1:])
