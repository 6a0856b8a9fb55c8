"""A warm sandbox over a backend that other tests use as well."""

from __future__ import annotations

from pathlib import Path

from llmdas_sandbox import Limits
from llmdas_sandbox.warm import WarmSandbox, Zygote


class Kept(WarmSandbox):
    """Leaves the backend open, which other tests use, and tells how many zygotes there were."""

    started = 0

    def _start(self, limits: Limits) -> Zygote:
        self.started += 1
        return super()._start(limits)

    def close(self) -> None:
        for _, zygote in self._idle:
            zygote.close()
        self._idle = []


def descriptors() -> set[str]:
    """Open descriptors of this process."""
    return {path.name for path in Path("/proc/self/fd").iterdir()}
