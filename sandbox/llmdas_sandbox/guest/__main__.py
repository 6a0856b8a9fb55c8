"""What the interpreter in the sandbox starts.

``python __main__.py main|probe IN OUT`` or ``zygote CONTROL``; each place is a descriptor or a path. Without OUT, IN is
the path of a Unix socket that serves both ways.
"""

from __future__ import annotations

import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(__file__))))  # noqa: PTH120 # pathlib is not in the root


def _open(place: str, flags: int) -> int:
    return int(place) if place.isdigit() else os.open(place, flags)


def _opened(inward: str, outward: str) -> tuple[int, int]:
    if not outward:
        from llmdas_sandbox.guest import handover

        both = handover.connect(inward, handover.STREAM)
        return both, both
    write_fd = _open(outward, os.O_WRONLY)  # first: once the host can write to us, it may also wait for us
    return _open(inward, os.O_RDONLY), write_fd


def fork_for_each(control: str) -> None:
    """Hold the control socket and fork a child for each program."""
    from llmdas_sandbox.guest import handover
    from llmdas_sandbox.guest.program import Restricted
    from llmdas_sandbox.guest.zygote import serve_many

    serve_many(int(control) if control.isdigit() else handover.connect(control), Restricted())


def run(mode: str, inward: str, outward: str = "") -> None:
    """Open the channel and serve one job, or the probe of the self-check, which takes no program."""
    from llmdas_sandbox.frames import Channel

    if mode == "zygote":
        fork_for_each(inward)
    channel = Channel(*_opened(inward, outward), timed=False)
    if mode == "probe":
        from llmdas_sandbox.guest.probe import probe

        probe(channel)
    else:
        from llmdas_sandbox.guest.main import serve
        from llmdas_sandbox.guest.program import Restricted

        serve(channel, Restricted())


if __name__ == "__main__":
    run(*sys.argv[1:])
