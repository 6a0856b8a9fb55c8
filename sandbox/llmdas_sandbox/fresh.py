"""The level `fresh`: a new guest for every run. Another level, a warm guest that forks, would stand beside it."""

from __future__ import annotations

from abc import abstractmethod

from llmdas_sandbox.interface import Request, Result, Sandbox
from llmdas_sandbox.limits import Limits
from llmdas_sandbox.rootfs import GuestRoot
from llmdas_sandbox.session import Guest, check_request, converse


class FreshSandbox(Sandbox):
    """Starts a guest, converses, ends it. A backend says how a guest is started.

    Attributes:
        root: what enters the sandbox.
    """

    level = "fresh"

    def __init__(self, root: GuestRoot) -> None:
        self.root = root
        self.guest = root.digest

    @abstractmethod
    def launch(self, mode: str, limits: Limits) -> Guest:
        """Start a guest: mode ``main`` runs one program, mode ``probe`` measures the controls from inside.

        Raises:
            SandboxFailure: it could not be started.
        """

    @abstractmethod
    def engine(self) -> str:
        """Name what carries the isolation (program or engine with its version), so that a check can be remembered."""

    def cgroup_bytes(self, limits: Limits) -> int:
        """Return the size of the memory cgroup that a run gets, 0 where it gets none."""
        return 0

    def run(self, request: Request) -> Result:
        """Run one program in a guest of its own; see `Sandbox.run`."""
        check_request(request)
        value, fault, usage = converse(self.launch("main", request.limits), request)
        return Result(value, fault, usage, self.backend, self.level, self.guest)

    def close(self) -> None:
        """Nothing is held between runs."""
