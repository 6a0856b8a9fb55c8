"""The levels `fresh` and `vm`: a new guest for every run. The level `warm` stands beside it (`warm.py`)."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from llmdas_sandbox.failure import SandboxUnavailable
from llmdas_sandbox.interface import Request, Result, Sandbox
from llmdas_sandbox.job import check_request
from llmdas_sandbox.limits import Limits
from llmdas_sandbox.rootfs import GuestRoot
from llmdas_sandbox.session import Guest, converse

if TYPE_CHECKING:
    from llmdas_sandbox.gpu import GpuPlan
    from llmdas_sandbox.warm import Process


class FreshSandbox(Sandbox):
    """Starts a guest, converses, ends it. A backend says how a guest is started.

    Attributes:
        root: what enters the sandbox.
        own_kernel: the guest's system calls are answered by a kernel of its own, which replaces the first filter.
        device: the GPU that enters, None when none does; see `admit`.
    """

    level = "fresh"
    own_kernel = False
    device: GpuPlan | None = None

    def __init__(self, root: GuestRoot) -> None:
        self.root = root
        self.guest = root.digest

    def admit(self, device: GpuPlan) -> None:
        """Let a GPU into every guest from now on; `gpu.plan` says what that relaxes.

        Raises:
            SandboxUnavailable: the plan is for another backend.
        """
        if device.backend != self.backend:
            raise SandboxUnavailable(f"gpu: a plan for {device.backend} does not fit {self.backend}.")
        self.device, self.gpu = device, "guest"

    @abstractmethod
    def launch(self, mode: str, limits: Limits) -> Guest:
        """Start a guest: mode ``main`` runs one program, mode ``probe`` measures the controls from inside.

        Raises:
            SandboxFailure: it could not be started.
        """

    @abstractmethod
    def launch_zygote(self, limits: Limits) -> Process:
        """Start a guest in the mode ``zygote``, which forks a child for each program; see `warm.Zygotes`."""

    @abstractmethod
    def zygote_size(self, limits: Limits) -> tuple[int, ...]:
        """Return what of `limits` is fixed when a guest is started; see `warm.Zygotes`."""

    @abstractmethod
    def engine(self) -> str:
        """Name what carries the isolation (program or engine with its version), so that a check can be remembered."""

    def runtime_arguments(self) -> tuple[str, ...]:
        """Return what an engine passes to the OCI runtime of this sandbox; nothing where there is no engine."""
        return ()

    def cgroup_bytes(self, limits: Limits) -> int:
        """Return the size of the memory cgroup that a run gets, 0 where it gets none."""
        return 0

    def execute(self, request: Request) -> Result:
        """Run one program in a guest of its own; see `Sandbox.execute`."""
        check_request(request, self.guards)
        value, fault, usage = converse(self.launch("main", request.limits), request)
        return Result(value, fault, usage, self.backend, self.level, self.guest)

    def close(self) -> None:
        """Nothing is held between runs."""
