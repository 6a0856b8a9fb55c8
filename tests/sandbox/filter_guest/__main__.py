"""A guest that tries system calls instead of programs; it lies in a root that only these tests build."""

from __future__ import annotations

import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(__file__))))  # noqa: PTH120 # pathlib is not in the root


def run(mode: str, inward: str, outward: str) -> None:
    from llmdas_sandbox.guest.trial import serve

    write_fd = int(outward) if outward.isdigit() else os.open(outward, os.O_WRONLY)
    read_fd = int(inward) if inward.isdigit() else os.open(inward, os.O_RDONLY)
    serve(read_fd, write_fd)


if __name__ == "__main__":
    run(*sys.argv[1:])
