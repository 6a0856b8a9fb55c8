"""The process that judges, started: only its id and its pipes, so that it can load while its parent still does.

Imports nothing of llmdas but the errors. What is said over the pipes is the business of `llmdas.gate.worker`.
"""

from __future__ import annotations

import importlib.util
import os
import select
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from llmdas.errors import GateError

END_S = 2.0
_UNKNOWN = 255
_REMEDY = "Check memory, processes and rights of this machine, and that llmdas is installed as a whole."
_HERE = Path(__file__).resolve().parent


class CheckerProcess:
    """A started process. Ends with its context, with `stop`, or by itself once this process has gone.

    Attributes:
        jobs: descriptor of the pipe to it; does not block.
        answers: descriptor of the pipe from it; does not block.
    """

    def __init__(self) -> None:
        """Start the process.

        Raises:
            GateError: the system starts none.
        """
        self._status: int | None = None
        self._pid, self.jobs, self.answers = _start(command())

    def __enter__(self) -> CheckerProcess:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def stop(self) -> int:
        """End the process and its child and wait for both; safe to call twice. Returns the exit status."""
        if self._status is None:
            self._status = _UNKNOWN
            os.close(self.jobs)  # tells it to end its child and itself
            self._drain(time.monotonic() + END_S)
            os.close(self.answers)
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, signal.SIGKILL)
            with suppress(ChildProcessError):  # somebody ignores SIGCHLD
                self._status = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return self._status

    def _drain(self, end: float) -> None:
        """Read until the process closes its end, so that no answer holds it up."""
        events = select.poll()
        events.register(self.answers, select.POLLIN)
        while (left := end - time.monotonic()) > 0 and events.poll(left * 1000):
            if not os.read(self.answers, 1 << 16):
                return


def could_not_start(how: str) -> GateError:
    """Return the error that says that nothing can be judged here."""
    return GateError(f"The gate's checker could not be started: {how}.", _REMEDY)


def command() -> list[str]:
    """Return the command line: the very packages that are found here, so that the child judges with the same code.

    Raises:
        GateError: a package is not there.
    """
    script = _HERE / "gate" / "child.py"
    packages = [_package(name) for name in ("llmdas_sandbox", "RestrictedPython", "ast_grep_py")]
    # -S: a child that is told where everything is need not look for it, and start-up files of a site stay out of it.
    return [sys.executable, "-I", "-S", "-B", "-X", "utf8", str(script), str(_HERE), *packages]


def _package(name: str) -> str:
    """Return the folder of a package without importing it, which would take longer than all the rest here."""
    loaded = sys.modules.get(name)
    if loaded is not None and loaded.__file__:
        return os.path.dirname(os.path.realpath(loaded.__file__))  # noqa: PTH120 - as below
    for folder in sys.path:
        found = os.path.join(folder, name)  # noqa: PTH118 - a tenth of the time of pathlib
        if os.path.exists(os.path.join(found, "__init__.py")):  # noqa: PTH110, PTH118 - likewise
            return os.path.realpath(found)
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.origin:
        raise could_not_start(f"the package {name} is not installed")
    return os.path.dirname(os.path.realpath(spec.origin))  # noqa: PTH120 - likewise


def _start(argv: list[str]) -> tuple[int, int, int]:
    """Start a process; return its id and our ends of its input and output."""
    theirs: list[int] = []
    ours: list[int] = []
    try:
        for mine in (1, 0):  # we write its input and read its output
            ends = os.pipe()
            ours.append(ends[mine])
            theirs.append(ends[1 - mine])
        pid = os.posix_spawn(
            argv[0],
            argv,
            {},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, theirs[0], 0),
                (os.POSIX_SPAWN_DUP2, theirs[1], 1),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_RDWR, 0),
            ],
            setpgroup=0,  # a Ctrl-C in a terminal is for us alone
            setsigmask=(),
            setsigdef=(signal.SIGALRM, signal.SIGXCPU),
        )
    except OSError as error:
        for descriptor in ours:
            os.close(descriptor)
        raise could_not_start(error.strerror or type(error).__name__) from None
    finally:
        for descriptor in theirs:
            os.close(descriptor)
    for descriptor in ours:
        os.set_blocking(descriptor, False)
    return pid, ours[0], ours[1]
