"""The backend `docker`: a container for every run, on any local engine that speaks the Docker API (20.10 and later).

The image is the same root file system as bubblewrap's, imported without an image hub, so both backends have one guest
digest. The conversation runs over two FIFOs on a read-only bind mount: attaching through the daemon is slower and can
block removal. A third FIFO, to which nothing is written, is held open by this process: when it dies, however that
happens, the kernel ends the guest (`guest.main.end_with_host`). A guest that has not come that far, or broke out of its
guards and took the handler away, ends at its CPU limit; what is left of the container is removed by the next start.

A runtime other than the engine's own, such as gVisor's runsc, is spoken to over one Unix socket instead of two FIFOs:
gVisor opens nothing for writing that lies on a read-only mount. It must be registered with ``--host-uds=open`` and
``--host-fifo=open`` (the latter for the FIFO that ends the guest with us).
"""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmdas_sandbox.container import Container, DockerGuest, DockerZygote, FifoGuest, SocketGuest
from llmdas_sandbox.docker_image import LABEL_GUEST, ensure_image
from llmdas_sandbox.engine import (
    ImageGone,
    connect,
    engine_errors,
    engine_name,
    maps_users,
    reap,
    remove_left,
    require_runtime,
)
from llmdas_sandbox.failure import SandboxUnavailable
from llmdas_sandbox.fresh import FreshSandbox
from llmdas_sandbox.guest import calls_gpu
from llmdas_sandbox.guest.filter import FIRST
from llmdas_sandbox.identity import NOBODY, guest_identity
from llmdas_sandbox.limits import Limits
from llmdas_sandbox.open import GVISOR
from llmdas_sandbox.owner import LABEL_OWNER, me
from llmdas_sandbox.rootfs import GuestRoot, ensure_root
from llmdas_sandbox.rootfs_build import ENTRY, ENVIRONMENT, PYTHON, PYTHON_FLAGS
from llmdas_sandbox.system_calls import docker_profile

if TYPE_CHECKING:
    from docker import DockerClient

NO_WARM = "docker: the runtime {runtime} takes no open files from outside, so it has no level warm."
OVERHEAD_BYTES = 96 << 20  # the interpreter's own pages and the kernel's for it, beside what a program may take
GVISOR_BYTES = 128 << 20  # gVisor's own kernel, in the same cgroup
_GVISOR_TASKS = 256  # its threads and the processes that stand for the guest's; a program may start none
_LEAST_FILES = 64  # the interpreter opens a few while it starts; the guest lowers this to open_files


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
        self._connection, self._process = connect(), os.getpid()
        try:
            super().__init__(root or ensure_root(cache, libraries=libraries))
            require_runtime(self._client, runtime)
            self._maps_users = maps_users(self._client)
            self.runtime = runtime
            self.own_kernel = runtime.startswith(GVISOR)  # by its name; the check measures whose kernel answers
            reap(self._client)
            self.image = ensure_image(self._client, self.root)
        except BaseException:
            self._client.close()
            raise

    @property
    def _client(self) -> DockerClient:
        """The connection to the engine; a forked child makes its own, for two cannot speak on one."""
        if self._process != os.getpid():
            self._connection, self._process = connect(), os.getpid()
        return self._connection

    def launch(self, mode: str, limits: Limits) -> DockerGuest:
        """Start a container; see `FreshSandbox.launch`.

        The image is imported again where it was removed since, by hand or by another process that keeps the newest.
        """
        try:
            return self._started(mode, limits)
        except ImageGone:
            self.image = ensure_image(self._client, self.root)
            return self._started(mode, limits)

    def launch_zygote(self, limits: Limits) -> DockerZygote:
        """Start a container whose guest forks a child for each program; see `warm.Zygotes`.

        Raises:
            SandboxUnavailable: the runtime is gVisor, which lets no descriptors across its border.
        """
        if self.own_kernel:
            raise SandboxUnavailable(NO_WARM.format(runtime=self.runtime), "Use the level vm.")
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
        make: type[DockerGuest] = SocketGuest if self.runtime else FifoGuest
        try:
            return make(container, self._settings([mode, *make.places], limits, container.folder))
        except BaseException:
            container.end()
            raise

    def _first_filter(self, mode: str) -> list[str]:
        """Return our own filter as the engine's profile; gVisor answers system calls itself and takes none."""
        if self.own_kernel:
            return []
        table = calls_gpu.FIRST if self.device else FIRST
        connects = mode == "zygote" or bool(self.runtime)  # over a Unix socket instead of FIFOs
        return [f"seccomp={docker_profile(platform.machine(), table, handover=connects)}"]

    def engine(self) -> str:
        """Return the engine's identity, version, image and runtime with its path and arguments; see `engine_name`."""
        with engine_errors("The engine could not be asked for its version"):
            return f"{engine_name(self._client.api.info(), self.runtime)} {self.image}"

    def runtime_arguments(self) -> tuple[str, ...]:
        """Return what the engine passes to this sandbox's runtime."""
        from llmdas_sandbox.gpu import arguments_of

        with engine_errors("The engine could not be asked for its runtimes"):
            return arguments_of(self._client.api.info(), self.runtime)

    def cgroup_bytes(self, limits: Limits) -> int:
        """Return the memory limit of the container."""
        return limits.memory_bytes + OVERHEAD_BYTES + (GVISOR_BYTES if self.own_kernel else 0)

    def close(self) -> None:
        """Remove what an interrupt left behind and close the connection to the engine."""
        try:
            remove_left(self._client.api)
        finally:
            self._client.close()

    def _settings(self, words: list[str], limits: Limits, folder: Path) -> dict[str, Any]:
        """Return the arguments of the engine's create call."""
        from docker.types import LogConfig, Mount, Ulimit

        memory = self.cgroup_bytes(limits)
        files = max(limits.open_files, _LEAST_FILES)
        user = NOBODY if self._maps_users else guest_identity()
        host = self._client.api.create_host_config(
            mounts=[Mount("/channel", str(folder), type="bind", read_only=True)],
            network_mode="none",
            ipc_mode="none",
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges:true", *self._first_filter(words[0])],
            pids_limit=limits.processes + (words[0] == "zygote") + (_GVISOR_TASKS if self.own_kernel else 0),
            mem_limit=memory,
            memswap_limit=memory,
            nano_cpus=1_000_000_000,
            log_config=LogConfig(type="none"),
            ulimits=[Ulimit(name="core", soft=0, hard=0), Ulimit(name="nofile", soft=files, hard=files)],
            runtime=self.runtime or None,
            # gVisor puts a writable file system in an empty /tmp of its own accord, unless there is one
            tmpfs={"/tmp": "ro,size=4k"} if self.own_kernel else None,  # noqa: S108 # a place in the guest
            **(self.device.docker if self.device else {}),
        )
        return {
            "image": self.image,
            "command": [PYTHON, *PYTHON_FLAGS, ENTRY, *words],
            "user": f"{user}:{user}",
            "hostname": "guest",
            "working_dir": "/",
            "stop_signal": "SIGKILL",  # an engine that stops would wait ten seconds for what ends a guest anyway
            "environment": {**ENVIRONMENT, **(self.device.environment if self.device else {})},
            "network_disabled": True,
            "labels": {LABEL_OWNER: me(), LABEL_GUEST: self.guest},
            "host_config": host,
        }
