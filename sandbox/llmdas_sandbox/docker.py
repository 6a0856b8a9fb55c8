"""The backend `docker`: a container for every run, on any local engine that speaks the Docker API (20.10 and later).

The image is the same root file system as bubblewrap's, imported without an image hub, so both backends have one guest
digest. The conversation runs over two FIFOs on a read-only bind mount: attaching through the daemon is slower and can
block removal. A third FIFO, to which nothing is written, is held open by this process: when it dies, however that
happens, the kernel ends the guest (`guest.main.end_with_host`). A guest that has not come that far, or broke out of its
guards and took the handler away, ends at its CPU limit; what is left of the container is removed by the next start.
"""

from __future__ import annotations

import contextlib
import errno
import math
import os
import shutil
import socket
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmdas_sandbox.docker_image import LABEL_GUEST, ensure_image
from llmdas_sandbox.failure import SandboxFailure, SandboxUnavailable
from llmdas_sandbox.frames import Channel
from llmdas_sandbox.fresh import FreshSandbox
from llmdas_sandbox.limits import Limits
from llmdas_sandbox.owner import LABEL_OWNER, PREFIX, is_dead, me, reap_folders
from llmdas_sandbox.rootfs import GuestRoot, ensure_root
from llmdas_sandbox.rootfs_build import ENTRY, ENVIRONMENT, PYTHON, PYTHON_FLAGS
from llmdas_sandbox.session import START_SECONDS, Ending, usage_of

if TYPE_CHECKING:
    from docker import DockerClient

USER = "65534:65534"
OVERHEAD_BYTES = 96 << 20  # the interpreter's own pages and the kernel's for it, beside what a program may take
_LEAST_FILES = 64  # the interpreter opens a few while it starts; the guest lowers this to open_files
_API_SECONDS = 60
_POLL_SECONDS = 0.002
_LOOK_SECONDS = 0.5


class DockerSandbox(FreshSandbox):
    """Runs each program in a container of its own.

    Args:
        cache: cache folder, `default_cache` when None.
        root: a root of one's own; `ensure_root` when None.
        runtime: an OCI runtime that the engine knows, such as ``runsc`` for gVisor; the engine's default when empty.
        libraries: what the root that is made carries besides numpy; see `ensure_root`.

    Raises:
        SandboxUnavailable: no engine answers, it is on another machine, or it does not know the runtime.
        SandboxFailure: root or image cannot be built.
    """

    backend = "docker"

    def __init__(
        self,
        cache: Path | None = None,
        *,
        root: GuestRoot | None = None,
        runtime: str = "",
        libraries: tuple[str, ...] = (),
    ) -> None:
        self._client = connect()
        try:
            super().__init__(root or ensure_root(cache, libraries=libraries))
            _require_runtime(self._client, runtime)
            self.runtime = runtime
            reap(self._client)
            self.image = ensure_image(self._client, self.root)
        except BaseException:
            self._client.close()
            raise

    def launch(self, mode: str, limits: Limits) -> DockerGuest:
        """Start a container; see `FreshSandbox.launch`.

        The image is imported again where it was removed since, by hand or by another process that keeps the newest.
        """
        try:
            return self._started(mode, limits)
        except _ImageGone:
            self.image = ensure_image(self._client, self.root)
            return self._started(mode, limits)

    def launch_zygote(self, limits: Limits) -> DockerZygote:
        """Start a container whose guest forks a child for each program; see `warm.Zygotes`."""
        container = Container(self._client)
        try:
            return DockerZygote(container, self._settings(["zygote", "/channel/control"], limits, container.folder))
        except BaseException:
            container.end()
            raise

    def zygote_size(self, limits: Limits) -> tuple[int, ...]:
        """Return what the container is made with."""
        return (self.cgroup_bytes(limits), limits.processes, max(limits.open_files, _LEAST_FILES))

    def _started(self, mode: str, limits: Limits) -> DockerGuest:
        container = Container(self._client)
        try:
            settings = self._settings([mode, "/channel/in", "/channel/out"], limits, container.folder)
            return DockerGuest(container, settings)
        except BaseException:
            container.end()
            raise

    def engine(self) -> str:
        """Return the engine's identity, version and runtime."""
        with _engine_errors("The engine could not be asked for its version"):
            info = self._client.api.info()
        return f"{info.get('ID')} {info.get('ServerVersion')} {info.get('KernelVersion')} {self.runtime} {self.image}"

    def cgroup_bytes(self, limits: Limits) -> int:
        """Return the memory limit of the container."""
        return limits.memory_bytes + OVERHEAD_BYTES

    def close(self) -> None:
        """Close the connection to the engine."""
        self._client.close()

    def _settings(self, words: list[str], limits: Limits, folder: Path) -> dict[str, Any]:
        """Return the arguments of the engine's create call."""
        from docker.types import LogConfig, Mount, Ulimit

        memory = self.cgroup_bytes(limits)
        files = max(limits.open_files, _LEAST_FILES)
        host = self._client.api.create_host_config(
            mounts=[Mount("/channel", str(folder), type="bind", read_only=True)],
            network_mode="none",
            ipc_mode="none",
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges:true"],
            pids_limit=limits.processes + (words[0] == "zygote"),
            mem_limit=memory,
            memswap_limit=memory,
            nano_cpus=1_000_000_000,
            log_config=LogConfig(type="none"),
            ulimits=[Ulimit(name="core", soft=0, hard=0), Ulimit(name="nofile", soft=files, hard=files)],
            runtime=self.runtime or None,
        )
        return {
            "image": self.image,
            "command": [PYTHON, *PYTHON_FLAGS, ENTRY, *words],
            "user": USER,
            "hostname": "guest",
            "working_dir": "/",
            "environment": ENVIRONMENT,
            "network_disabled": True,
            "labels": {LABEL_OWNER: me(), LABEL_GUEST: self.guest},
            "host_config": host,
        }


class Container:
    """One container and the folder through which it is spoken to."""

    def __init__(self, client: DockerClient) -> None:
        self._api = client.api
        self._outer = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))  # 0700: other users stay out
        (self._outer / "owner").write_text(me())
        self.folder = self._outer / "channel"
        self.folder.mkdir()
        self.folder.chmod(0o755)
        os.mkfifo(self.folder / "alive")
        (self.folder / "alive").chmod(0o644)
        self._alive = os.open(self.folder / "alive", os.O_RDWR)  # both ways: does not wait for the guest
        self._id = ""
        self._ending: Ending | None = None

    def start(self, settings: dict[str, Any]) -> None:
        """Create and start the container.

        Raises:
            SandboxFailure: the engine refused, or has no such image (`_ImageGone`).
        """
        with _engine_errors("The container could not be started"):
            self._id = self._api.create_container(**settings)["Id"]
            self._api.start(self._id)

    def pid(self) -> int:
        """Return the process id of the container's first process."""
        with _engine_errors("The container could not be inspected"):
            return int(self._api.inspect_container(self._id)["State"]["Pid"])

    def check_started(self, late: bool) -> None:
        """Look whether the container still runs.

        Raises:
            SandboxFailure: it does not, or it is late.
        """
        with _engine_errors("The container could not be inspected"):
            state = self._api.inspect_container(self._id)["State"]
        if late or not state["Running"]:
            raise SandboxFailure(
                f"The guest did not open its channel (container {state['Status']}, exit code {state['ExitCode']}).",
                "The engine must run on this machine and share its temporary folder.",
            )

    def out_of_memory(self) -> bool:
        """Tell whether the memory cgroup has killed a process of the container."""
        with _engine_errors("The container could not be inspected"):
            return bool(self._api.inspect_container(self._id)["State"].get("OOMKilled"))

    def end(self, grace: float = 0.0) -> Ending:
        """Remove the container with all its processes; see `session.Guest`."""
        if self._ending is None:
            self._ending = Ending(None)
            try:
                if self._id:
                    self._ending = self._remove(grace)
            finally:
                os.close(self._alive)  # not before: it ends the guest, and how that ended by itself is to be known
                shutil.rmtree(self._outer, ignore_errors=True)
        return self._ending

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
        with _engine_errors("The container could not be removed"), contextlib.suppress(docker.errors.NotFound):
            self._api.remove_container(self._id, force=True, v=True)
        return Ending(code, out_of_memory, used) if used else Ending(code, out_of_memory)


class DockerGuest:
    """A container that serves one program over two FIFOs.

    Raises:
        SandboxFailure: it could not be started, or the guest did not open its side.
    """

    channel: Channel
    shared: frozenset[str] = frozenset()

    def __init__(self, container: Container, settings: dict[str, Any]) -> None:
        self._container = container
        for name in ("in", "out"):
            os.mkfifo(container.folder / name)
            (container.folder / name).chmod(0o666)  # the guest is user 65534, whoever we are
        self._descriptors = [os.open(container.folder / "out", os.O_RDONLY | os.O_NONBLOCK)]
        try:
            container.start(settings)
            self._descriptors.append(self._open_writer())
        except BaseException:
            self._close()
            raise
        self.channel = Channel(*self._descriptors, timed=True)

    def host_pid(self) -> int:
        """Return the process id of the container's first process."""
        return self._container.pid()

    def end(self, grace: float = 0.0) -> Ending:
        """Remove the container with all its processes; see `session.Guest`."""
        self._close()
        return self._container.end(grace)

    def _close(self) -> None:
        while self._descriptors:
            os.close(self._descriptors.pop())

    def _open_writer(self) -> int:
        """Open our writing end, which succeeds once the guest has opened its reading end."""
        final = time.monotonic() + START_SECONDS
        look = time.monotonic() + _LOOK_SECONDS
        while True:
            try:
                return os.open(self._container.folder / "in", os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
            if time.monotonic() >= look:
                self._container.check_started(time.monotonic() >= final)
                look = time.monotonic() + _LOOK_SECONDS
            time.sleep(_POLL_SECONDS)


class DockerZygote:
    """A container whose guest forks a child for each program.

    Raises:
        SandboxFailure: it could not be started, or the guest did not connect.
    """

    def __init__(self, container: Container, settings: dict[str, Any]) -> None:
        self._container = container
        place = container.folder / "control"
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as waiting:
            waiting.bind(str(place))
            place.chmod(0o666)  # the guest is user 65534, whoever we are
            waiting.listen(1)
            container.start(settings)
            self.control = self._accepted(waiting)
        place.unlink()

    def end(self, grace: float = 0.0) -> Ending:
        """Remove the container with all its processes; see `warm.Process`."""
        self.control.close()
        return self._container.end(grace)

    def out_of_memory(self) -> bool:
        """Tell whether the memory cgroup has killed a child."""
        return self._container.out_of_memory()

    def _accepted(self, waiting: socket.socket) -> socket.socket:
        final = time.monotonic() + START_SECONDS
        waiting.settimeout(_LOOK_SECONDS)
        while True:
            try:
                return waiting.accept()[0]
            except TimeoutError:
                self._container.check_started(time.monotonic() >= final)


def connect() -> DockerClient:
    """Return a client of the local engine.

    Raises:
        SandboxUnavailable: the SDK is missing, no engine answers, or it is on another machine.
    """
    try:
        import docker
        from docker.errors import DockerException
    except ImportError as error:
        raise SandboxUnavailable(
            "docker: the Python package docker is not installed.", "Install docker>=7.1."
        ) from error
    place = os.environ.get("DOCKER_HOST", "") or "unix:///var/run/docker.sock"
    if not place.startswith("unix://"):
        raise SandboxUnavailable(
            f"docker: the engine at {place} is on another machine, where the guest's channel cannot be mounted.",
            "Use an engine on this machine: unset DOCKER_HOST.",
        )
    try:
        return docker.from_env(timeout=_API_SECONDS)
    except DockerException as error:
        if Path(place.removeprefix("unix://")).is_socket() and not os.access(place.removeprefix("unix://"), os.W_OK):
            raise SandboxUnavailable(
                f"docker: this user may not talk to the engine at {place}.",
                "Join the group docker, which is as good as being root, or use bubblewrap.",
            ) from error
        raise SandboxUnavailable(
            f"docker: no engine answers at {place} ({_reason(error)}).", "Install docker.io and start its engine."
        ) from error


def reap(client: DockerClient) -> None:
    """Remove containers and folders whose owner, another process on this machine, is dead."""
    with _engine_errors("The engine's containers could not be listed"):
        for found in client.api.containers(all=True, filters={"label": LABEL_OWNER}):
            if is_dead(found["Labels"].get(LABEL_OWNER, "")):
                with contextlib.suppress(Exception):  # another process may be removing it
                    client.api.remove_container(found["Id"], force=True, v=True)
    reap_folders()


def _require_runtime(client: DockerClient, runtime: str) -> None:
    if not runtime:
        return
    with _engine_errors("The engine could not be asked for its runtimes"):
        known = sorted(client.api.info().get("Runtimes", {}))
    if runtime not in known:
        raise SandboxUnavailable(
            f"docker: the engine has no runtime {runtime}; it has {', '.join(known)}.",
            f"Register {runtime} in the engine's daemon.json.",
        )


class _ImageGone(SandboxFailure):
    """The engine has no such image any more."""


@contextlib.contextmanager
def _engine_errors(what: str) -> Any:
    """Turn what the SDK raises into a failure with one sentence."""
    import docker.errors
    import requests.exceptions

    try:
        yield
    except docker.errors.ImageNotFound as error:
        raise _ImageGone(f"{what}: {_reason(error)}.", "Run python -m llmdas_sandbox image.") from error
    except (docker.errors.NotFound, docker.errors.APIError, requests.exceptions.RequestException) as error:
        if isinstance(error, docker.errors.NotFound) and "removed" in what:
            return
        raise SandboxFailure(f"{what}: {_reason(error)}.", "Look at the engine's log.") from error


def _reason(error: BaseException) -> str:
    text = getattr(error, "explanation", None) or str(error)
    return " ".join(str(text).split())[:300]
