"""Opens a sandbox: the named backend, or the first that passed its check here. There is no way to run without one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from llmdas_sandbox.failure import SandboxFailure, SandboxUnavailable

if TYPE_CHECKING:
    from llmdas_sandbox.fresh import FreshSandbox
    from llmdas_sandbox.interface import Guards, Sandbox

BACKENDS = ("bubblewrap", "docker")  # in the order in which `auto` tries them
LEVELS = ("warm", "fresh", "vm")
PRESETS = {"laptop": ("warm", "fresh", "vm"), "regulated": ("fresh", "vm")}  # levels it permits; the first is its own
GVISOR = "runsc"  # how names of gVisor's runtimes begin


@dataclass(frozen=True, slots=True)
class _Wish:
    cache: Path | None
    level: str
    runtime: str
    libraries: tuple[str, ...]
    guards: Guards
    preset: str
    gpu: str
    device: str


def open_sandbox(
    backend: str = "auto",
    *,
    level: str = "",
    preset: str = "",
    cache: Path | None = None,
    runtime: str = "",
    libraries: tuple[str, ...] = (),
    guards: Guards = "optional",
    gpu: Literal["host", "guest"] = "host",
    device: str = "0",
) -> Sandbox:
    """Return a sandbox whose controls were measured on this machine since it started.

    Args:
        backend: ``bubblewrap``, ``docker``, or ``auto`` for the first of these that passes.
        level: ``warm`` (a fork of a warm guest for each program), ``fresh`` (a namespace or container for each
            program) or ``vm`` (a container under gVisor for each program); the preset's first when empty.
        preset: ``laptop`` (default) permits every level, ``regulated`` never the level warm.
        cache: cache folder, `rootfs.default_cache` when None.
        runtime: OCI runtime for docker; ``runsc`` for the level vm when empty, else the engine's own.
        libraries: what programs may import besides numpy and the standard library, such as ``scipy``.
        guards: ``required`` refuses requests without a policy.
        gpu: ``guest`` lets a GPU into the sandbox, for programs that use torch on it; see `gpu` for what that relaxes.
        device: which GPU, for ``guest``: index, identity or CDI name.

    Raises:
        SandboxUnavailable: no such backend, level or preset, the preset does not permit the level, or no backend is
            usable; says for each why and what to install.
        SandboxFailure: the cache folder or the guest's root cannot be made.
    """
    if gpu not in ("host", "guest"):
        raise SandboxUnavailable(f"There is no setting gpu={gpu!r}.", "Use host or guest.")
    if guards not in ("required", "optional"):
        raise SandboxUnavailable(f"There is no setting guards={guards!r}.", "Use required or optional.")
    level = _permitted_level(level or ("fresh" if gpu == "guest" else ""), preset)
    if level == "vm" and backend == "auto":
        backend = "docker"
    wish = _Wish(cache, level, runtime, libraries, guards, preset, gpu, device)
    if backend != "auto":
        return _opened(backend, wish)
    reasons: list[SandboxUnavailable] = []
    for name in BACKENDS:
        try:
            opened = _opened(name, wish)
        except SandboxUnavailable as error:
            reasons.append(error)
        else:
            opened.passed_over = tuple(error.problem for error in reasons)
            return opened
    raise SandboxUnavailable(
        "No sandbox is usable here. " + " ".join(error.problem for error in reasons),
        " Or: ".join(error.remedy for error in reasons if error.remedy),
    )


def _permitted_level(level: str, preset: str) -> str:
    """Return the level that level and preset stand for together.

    Raises:
        SandboxUnavailable: there is no such level or preset, or one forbids the other.
    """
    permitted = PRESETS.get(preset or "laptop")
    if permitted is None:
        raise SandboxUnavailable(f"There is no preset {preset}.", f"Use {' or '.join(PRESETS)}.")
    if level not in ("", *LEVELS):
        raise SandboxUnavailable(f"There is no sandbox level {level}.", f"Use {', '.join(LEVELS)}.")
    if level and level not in permitted:
        raise SandboxUnavailable(
            f"The preset {preset} does not permit the level {level}.", f"Use {' or '.join(permitted)}."
        )
    return level or permitted[0]


def _opened(name: str, wish: _Wish) -> Sandbox:
    """Open one backend and check it, unless exactly this one passed since the machine started."""
    from llmdas_sandbox.rootfs import default_cache
    from llmdas_sandbox.selfcheck import checked_before, quick_check, remember

    if name not in BACKENDS:
        raise SandboxUnavailable(f"There is no sandbox backend {name}.", f"Use auto, {' or '.join(BACKENDS)}.")
    carrier = (_bubblewrap if name == "bubblewrap" else _docker)(wish)
    sandbox = _at_level(carrier, wish)
    notes = (wish.cache or default_cache()).absolute() / "guest" / "checks"
    try:
        if not checked_before(sandbox, notes):
            failed = [check for check in quick_check(sandbox) if not check.passed]
            if failed:
                facts = "; ".join(f"{check.name}: {check.detail}" for check in failed)
                raise SandboxUnavailable(
                    f"{name}: its self-check failed ({facts}).",
                    "Run llmdas doctor, which says what enforces each control.",
                )
            remember(sandbox, notes)
        if wish.gpu == "guest":
            _let_gpu_in(carrier, wish)  # not before: the filters that it needs would not pass the check
    except SandboxUnavailable:
        sandbox.close()
        raise
    except SandboxFailure as error:
        sandbox.close()
        raise SandboxUnavailable(f"{name}: {error.problem}", error.remedy) from error
    return sandbox


def _at_level(sandbox: FreshSandbox, wish: _Wish) -> Sandbox:
    if wish.level == "warm":
        from llmdas_sandbox.warm import WarmSandbox

        warm = WarmSandbox(sandbox)
        warm.guards = wish.guards
        return warm
    sandbox.level, sandbox.guards = wish.level, wish.guards
    return sandbox


def _let_gpu_in(sandbox: FreshSandbox, wish: _Wish) -> None:
    from llmdas_sandbox import gpu

    plan = gpu.plan(
        sandbox.backend,
        wish.level,
        wish.preset,
        wish.runtime or (GVISOR if wish.level == "vm" else ""),
        device=wish.device,
        runtime_arguments=sandbox.runtime_arguments(),
        entries=sandbox.root.entries,
    )
    sandbox.admit(plan)


def _bubblewrap(wish: _Wish) -> FreshSandbox:
    from llmdas_sandbox.bubblewrap import BubblewrapSandbox

    if wish.level == "vm" or wish.runtime:
        raise SandboxUnavailable(
            "bubblewrap: namespaces share the host's kernel, so it has no level vm and no runtime.",
            "Use the backend docker with the runtime runsc.",
        )
    return BubblewrapSandbox(wish.cache, libraries=wish.libraries)


def _docker(wish: _Wish) -> FreshSandbox:
    from llmdas_sandbox.docker import NO_WARM, DockerSandbox

    runtime = wish.runtime or (GVISOR if wish.level == "vm" else "")
    if wish.level == "vm" and not runtime.startswith(GVISOR):
        raise SandboxUnavailable(
            f"docker: the runtime {runtime} shares the host's kernel, so it has no level vm.",
            f"Leave the runtime out, or use one whose name begins with {GVISOR}.",
        )
    if wish.level == "warm" and runtime.startswith(GVISOR):
        raise SandboxUnavailable(NO_WARM.format(runtime=runtime), "Use the level vm.")
    return DockerSandbox(wish.cache, runtime=runtime, libraries=wish.libraries)
