"""One container of the backend `docker`, and the three ways in which a guest inside may be spoken to."""

from __future__ import annotations

import contextlib
import errno
import math
import os
import secrets
import shutil
import socket
import tempfile
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from llmdas_sandbox.engine import LEFT, engine_errors, remove, remove_left
from llmdas_sandbox.failure import SandboxFailure
from llmdas_sandbox.frames import Channel
from llmdas_sandbox.owner import PREFIX, me
from llmdas_sandbox.session import START_SECONDS, Ending, usage_of

if TYPE_CHECKING:
    from docker import DockerClient

_POLL_SECONDS = 0.002
_LOOK_SECONDS = 0.5
_UNHEARD_SECONDS = 2.0  # an engine that we did not hear out may take as long to make the container all the same


@contextlib.contextmanager
def _short(folder: Path) -> Iterator[str]:
    """Name a folder in few characters: the path of a Unix socket has at most 107 (unix(7))."""
    place = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{place}"
    finally:
        os.close(place)


class Container:
    """One container and the folder through which it is spoken to.

    It has a name of ours from the start, so that it can be removed also where its making was interrupted. Where nobody
    ended it, or the ending was interrupted, the next start or the closing of a sandbox removes it (`engine.LEFT`).
    """

    def __init__(self, client: DockerClient) -> None:
        self._api = client.api
        self._name, self._id = f"llmdas-{secrets.token_hex(16)}", ""
        self._asked = False
        self._ending: Ending | None = None
        try:
            self._outer = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))  # 0700: other users stay out
        except OSError as error:
            raise _no_folder(error) from error
        try:
            (self._outer / "owner").write_text(me())
            self.folder = self._outer / "channel"
            self.folder.mkdir()
            self.folder.chmod(0o755)
            os.mkfifo(self.folder / "alive")
            (self.folder / "alive").chmod(0o644)
            self._alive = os.open(self.folder / "alive", os.O_RDWR)  # both ways: does not wait for the guest
        except BaseException as error:
            shutil.rmtree(self._outer, ignore_errors=True)
            if isinstance(error, OSError):
                raise _no_folder(error) from error
            raise
        self._release = weakref.finalize(self, _let_go, os.getpid(), self._name, self._alive, self._outer)
        self._release.atexit = False  # the kernel closes what is open, the next start removes folder and container
        _LIVING.add(self)

    def forget(self) -> None:
        """Let go of it without ending it, in a forked child: it belongs to the parent, with which it must end."""
        self._ending = self._ending or Ending(None)
        self._release()

    def start(self, settings: dict[str, Any]) -> None:
        """Create and start the container.

        Raises:
            SandboxFailure: the engine refused, or has no such image (`ImageGone`).
        """
        import docker.errors

        remove_left(self._api)
        with engine_errors("The container could not be started"):
            self._asked = True  # from here on there may be one
            try:
                self._id = self._api.create_container(name=self._name, **settings)["Id"]
            except docker.errors.APIError:
                self._asked = False
                raise
            self._api.start(self._id)

    def converse_over(self, name: str, kind: socket.SocketKind, settings: dict[str, Any]) -> socket.socket:
        """Start the container and return our end of the one connection that its guest makes to a socket in the folder.

        Raises:
            SandboxFailure: as `start`, or the guest did not connect in time.
        """
        place = self.folder / name
        with socket.socket(socket.AF_UNIX, kind) as waiting, _short(self.folder) as folder:
            waiting.bind(f"{folder}/{name}")
            place.chmod(0o666)  # the guest is another user, whoever we are
            waiting.listen(1)
            self.start(settings)
            connection = self._accepted(waiting)
        place.unlink()
        return connection

    def _accepted(self, waiting: socket.socket) -> socket.socket:
        final = time.monotonic() + START_SECONDS
        waiting.settimeout(_LOOK_SECONDS)
        while True:
            try:
                return waiting.accept()[0]
            except TimeoutError:
                self.check_started(time.monotonic() >= final)

    def pid(self) -> int:
        """Return the process id of the container's first process."""
        with engine_errors("The container could not be inspected"):
            return int(self._api.inspect_container(self._id)["State"]["Pid"])

    def check_started(self, late: bool) -> None:
        """Look whether the container still runs.

        Raises:
            SandboxFailure: it does not, or it is late.
        """
        with engine_errors("The container could not be inspected"):
            state = self._api.inspect_container(self._id)["State"]
        if late or not state["Running"]:
            raise SandboxFailure(
                f"The guest did not open its channel (container {state['Status']}, exit code {state['ExitCode']}).",
                "The engine must run on this machine and share its temporary folder; gVisor must be registered with"
                " --host-uds=open and --host-fifo=open.",
            )

    def out_of_memory(self) -> bool:
        """Tell whether the memory cgroup has killed a process of the container."""
        with engine_errors("The container could not be inspected"):
            return bool(self._api.inspect_container(self._id)["State"].get("OOMKilled"))

    def end(self, grace: float = 0.0) -> Ending:
        """Remove the container with all its processes; see `session.Guest`. Begins again where it was interrupted."""
        if self._ending is None:
            try:
                ending = self._remove(grace) if self._id else self._remove_unheard()
            except Exception:
                self._ending = Ending(None)  # the next start tries again
                raise
            finally:
                self._release()  # not before: it ends the guest, and how that ended by itself is to be known
                _LIVING.discard(self)
            if not self._asked:
                LEFT.discard(self._name)
            self._ending = ending
        return self._ending

    def _remove_unheard(self) -> Ending:
        """Remove what an engine that was not heard out may still make."""
        import docker.errors
        import requests.exceptions

        final = time.monotonic() + _UNHEARD_SECONDS
        with contextlib.suppress(docker.errors.APIError, requests.exceptions.RequestException):
            while self._asked and time.monotonic() < final:
                self._asked = not remove(self._api, self._name)
                time.sleep(_POLL_SECONDS * 10)
        return Ending(None)

    def _remove(self, grace: float) -> Ending:
        import docker.errors
        import requests.exceptions

        code, out_of_memory, used = None, False, None
        with contextlib.suppress(docker.errors.APIError, requests.exceptions.RequestException):
            if grace:
                with contextlib.suppress(requests.exceptions.RequestException):  # it closed its channel but lives on
                    code = self._api.wait(self._id, timeout=math.ceil(grace))["StatusCode"]
            state = self._api.inspect_container(self._id)["State"]
            out_of_memory = bool(state.get("OOMKilled"))
            used = usage_of(state.get("Pid") or 0)
        with engine_errors("The container could not be removed"):
            remove(self._api, self._id)
        self._asked = False
        return Ending(code, out_of_memory, used) if used else Ending(code, out_of_memory)


class DockerGuest:
    """A container that serves one program.

    Args:
        container: not yet started; whoever made it ends it where this raises.
        settings: of the engine's create call.

    Raises:
        SandboxFailure: it could not be started, or the guest did not open its side.
    """

    places: ClassVar[tuple[str, ...]]  # of the channel, as the guest sees them
    channel: Channel
    shared: frozenset[str] = frozenset()

    def __init__(self, container: Container, settings: dict[str, Any]) -> None:
        self._container = container
        self._descriptors: list[int] = []
        try:
            self._open(settings)
        except BaseException:
            self._close()
            raise
        self.channel = Channel(*self._descriptors, timed=True)

    def host_pid(self) -> int:
        """Return the process id of the container's first process."""
        return self._container.pid()

    def end(self, grace: float = 0.0) -> Ending:
        """Remove the container with all its processes; see `session.Guest`."""
        try:
            return self._container.end(grace)
        finally:
            self._close()  # not before: a guest that finds its channel closed is gone before it is measured

    def _open(self, settings: dict[str, Any]) -> None:
        """Start the container and fill `_descriptors`: the reading end, then the writing end."""
        raise NotImplementedError

    def _close(self) -> None:
        while self._descriptors:
            os.close(self._descriptors.pop())


class FifoGuest(DockerGuest):
    """Spoken to over two FIFOs, which costs least."""

    places = ("/channel/in", "/channel/out")

    def _open(self, settings: dict[str, Any]) -> None:
        folder = self._container.folder
        for name in ("in", "out"):
            os.mkfifo(folder / name)
            (folder / name).chmod(0o666)  # the guest is another user, whoever we are
        self._descriptors.append(os.open(folder / "out", os.O_RDONLY | os.O_NONBLOCK))
        self._container.start(settings)
        self._descriptors.append(self._writer(folder / "in"))

    def _writer(self, place: Path) -> int:
        """Open our writing end, which succeeds once the guest has opened its reading end."""
        final = time.monotonic() + START_SECONDS
        look = time.monotonic() + _LOOK_SECONDS
        while True:
            try:
                return os.open(place, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
            if time.monotonic() >= look:
                self._container.check_started(time.monotonic() >= final)
                look = time.monotonic() + _LOOK_SECONDS
            time.sleep(_POLL_SECONDS)


class SocketGuest(DockerGuest):
    """Spoken to over one Unix socket, which also crosses the border of a kernel of its own."""

    places = ("/channel/talk",)

    def _open(self, settings: dict[str, Any]) -> None:
        both = self._container.converse_over("talk", socket.SOCK_STREAM, settings).detach()
        self._descriptors.append(both)
        self._descriptors.append(os.dup(both))


class DockerZygote:
    """A container whose guest forks a child for each program.

    Raises:
        SandboxFailure: it could not be started, or the guest did not connect.
    """

    def __init__(self, container: Container, settings: dict[str, Any]) -> None:
        self._container = container
        self.control = container.converse_over("control", socket.SOCK_SEQPACKET, settings)

    def end(self, grace: float = 0.0) -> Ending:
        """Remove the container with all its processes; see `warm.Process`."""
        self.control.close()
        return self._container.end(grace)

    def host_pid(self) -> int:
        """Return the process id of the container's first process."""
        return self._container.pid()

    def out_of_memory(self) -> bool:
        """Tell whether the memory cgroup has killed a child."""
        return self._container.out_of_memory()


def _no_folder(error: OSError) -> SandboxFailure:
    return SandboxFailure(
        f"docker: the guest's channel cannot be made in {tempfile.gettempdir()}: {error}.",
        "Make room there, or set TMPDIR to another folder.",
    )


def _let_go(process: int, name: str, alive: int, outer: Path) -> None:
    """Close what a container held and leave it to the next start; in a forked child close only: it is the parent's."""
    ours = process == os.getpid()
    if ours:
        LEFT.add(name)
    os.close(alive)
    if ours:
        shutil.rmtree(outer, ignore_errors=True)


_LIVING: weakref.WeakSet[Container] = weakref.WeakSet()


def _forget_all() -> None:
    for container in list(_LIVING):
        container.forget()
    _LIVING.clear()
    LEFT.clear()


os.register_at_fork(after_in_child=_forget_all)
