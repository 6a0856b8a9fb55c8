"""The level `warm`: imports everything once, then forks one child for each program, one at a time.

What the host says comes over a Unix socket (`handover`); a child gets two pipes of its own and the row arguments as
sealed memory files with the message that starts it, and gives the socket up before it looks at a program. The child
then does what a fresh guest does: hello, job, limits, second filter, program, end. The zygote itself never sees a
program: it forks, waits, kills when told to, and reports how the child ended.
"""

from __future__ import annotations

import json
import os
import select
import signal
from typing import Any

from llmdas_sandbox.frames import Channel
from llmdas_sandbox.guest import handover
from llmdas_sandbox.guest.main import ALIVE, answer_job, end_with_host
from llmdas_sandbox.guest.program import Language
from llmdas_sandbox.guest.warm import load_ahead, warm

KILL = b"kill"
LOAD = b"load "  # then module names, for the programs to come
PROBE = b"probe"  # the self-check's probe instead of a program, in a child like any other


def serve_many(control: int, language: Language) -> None:
    """Answer the host's messages until it is gone; a child of this process returns from it never."""
    alive = end_with_host(ALIVE)
    warm()
    noticed, notice = os.pipe()
    os.set_blocking(notice, False)
    os.set_blocking(noticed, False)
    signal.set_wakeup_fd(notice, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, _noticed)
    handover.send(control, b"ready")
    while True:
        message, descriptors = handover.receive(control)
        if not message:
            os._exit(0)
        if message == KILL:  # the child ended while it was on its way
            continue
        if message.startswith(LOAD):
            load_ahead(message.decode().split()[1:])
            continue
        child = os.fork()
        if child == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for mine in (control, noticed, notice):
                os.close(mine)
            read_fd, write_fd, *memories = descriptors
            channel = Channel(read_fd, write_fd, timed=False)
            if message == PROBE:
                from llmdas_sandbox.guest.probe import probe

                probe(channel, alive)
            answer_job(channel, language, alive, memories)
        for descriptor in descriptors:
            os.close(descriptor)
        handover.send(control, json.dumps(_end(child, control, noticed)).encode())


def _end(child: int, control: int, noticed: int) -> dict[str, Any]:
    """Wait for the child, killing it when the host says so or is gone; return how it ended and what it used."""
    poller = select.poll()
    poller.register(control, select.POLLIN)
    poller.register(noticed, select.POLLIN)
    while True:
        ended, status, used = os.wait4(child, os.WNOHANG)
        if ended:
            return {
                "code": os.waitstatus_to_exitcode(status),
                "cpu_s": used.ru_utime + used.ru_stime,
                "peak_bytes": used.ru_maxrss * 1024,
            }
        for descriptor, _ in poller.poll():
            if descriptor == noticed:
                os.read(noticed, 4096)
            elif handover.receive(control)[0] in (KILL, b""):
                os.kill(child, signal.SIGKILL)


def _noticed(number: int, frame: object) -> None:
    """Only the byte in the wake-up pipe counts."""
