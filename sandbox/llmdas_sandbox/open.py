"""Opens a sandbox: the named backend, or the first that passed its check here. There is no way to run without one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from llmdas_sandbox.failure import SandboxFailure, SandboxUnavailable
from llmdas_sandbox.interface import Sandbox

if TYPE_CHECKING:
    from llmdas_sandbox.fresh import FreshSandbox

_Maker = Callable[[Path | None, str, tuple[str, ...]], "FreshSandbox"]
BACKENDS = ("bubblewrap", "docker")  # in the order in which `auto` tries them


def open_sandbox(
    backend: str = "auto", *, cache: Path | None = None, runtime: str = "", libraries: tuple[str, ...] = ()
) -> Sandbox:
    """Return a sandbox whose controls were measured on this machine since it started.

    Args:
        backend: ``bubblewrap``, ``docker``, or ``auto`` for the first of these that passes.
        cache: cache folder, `rootfs.default_cache` when None.
        runtime: OCI runtime for docker, such as ``runsc``.
        libraries: what programs may import besides numpy and the standard library, such as ``scipy``.

    Raises:
        SandboxUnavailable: no such backend, or none is usable; says for each why and what to install.
        SandboxFailure: the cache folder or the guest's root cannot be made.
    """
    if backend != "auto":
        return _opened(backend, cache, runtime, libraries)
    reasons: list[SandboxUnavailable] = []
    for name in BACKENDS:
        try:
            return _opened(name, cache, runtime, libraries)
        except SandboxUnavailable as error:
            reasons.append(error)
    raise SandboxUnavailable(
        "No sandbox is usable here. " + " ".join(error.problem for error in reasons),
        " Or: ".join(error.remedy for error in reasons if error.remedy),
    )


def _opened(name: str, cache: Path | None, runtime: str, libraries: tuple[str, ...]) -> FreshSandbox:
    """Open one backend and check it, unless exactly this one passed since the machine started."""
    from llmdas_sandbox.rootfs import default_cache
    from llmdas_sandbox.selfcheck import checked_before, quick_check, remember

    makers: dict[str, _Maker] = {"bubblewrap": _bubblewrap, "docker": _docker}
    if name not in makers:
        raise SandboxUnavailable(f"There is no sandbox backend {name}.", f"Use auto, {' or '.join(makers)}.")
    sandbox = makers[name](cache, runtime, libraries)
    notes = (cache or default_cache()).absolute() / "guest" / "checks"
    try:
        if not checked_before(sandbox, notes):
            failed = [check for check in quick_check(sandbox) if not check.passed]
            if failed:
                facts = "; ".join(f"{check.name}: {check.detail}" for check in failed)
                raise SandboxUnavailable(f"{name}: its self-check failed ({facts}).")
            remember(sandbox, notes)
    except SandboxUnavailable:
        sandbox.close()
        raise
    except SandboxFailure as error:
        sandbox.close()
        raise SandboxUnavailable(f"{name}: {error.problem}", error.remedy) from error
    return sandbox


def _bubblewrap(cache: Path | None, runtime: str, libraries: tuple[str, ...]) -> FreshSandbox:
    from llmdas_sandbox.bubblewrap import BubblewrapSandbox

    return BubblewrapSandbox(cache, libraries=libraries)


def _docker(cache: Path | None, runtime: str, libraries: tuple[str, ...]) -> FreshSandbox:
    from llmdas_sandbox.docker import DockerSandbox

    return DockerSandbox(cache, runtime=runtime, libraries=libraries)
