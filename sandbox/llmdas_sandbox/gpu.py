"""A GPU inside the guest: an explicit relaxation, with the exact arguments that each backend then gets.

By default no device enters: the detector answers `predict_score` on the host, on its GPU if it has one. Programs of the
profile ``torch`` may need the device itself. Then NVIDIA's driver in the host's kernel stands between program and
machine, the filters are wider (`guest.calls_gpu`), and all that is noted with the sandbox. What is asked of an engine:
https://docs.docker.com/reference/api/engine/ (DeviceRequests), https://github.com/cncf-tags/container-device-interface.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from llmdas_sandbox.failure import SandboxUnavailable
from llmdas_sandbox.guest.calls_gpu import VARIABLE
from llmdas_sandbox.rootfs_build import PACKAGES, Entry

GVISOR = "runsc"
NEEDED = ("libcuda.so.1",)
USEFUL = ("libnvidia-ml.so.1", "libnvidia-ptxjitcompiler.so.1", "libnvidia-nvvm.so.4", "libnvidia-gpucomp.so")
DRIVERS = "/channel"  # an empty folder of every root, unused under bubblewrap: the driver's libraries are bound there
_CONTROL = ("nvidiactl", "nvidia-uvm", "nvidia-uvm-tools")
_RANDOM = "/dev/urandom"  # torch opens it when it is imported, and fails without
_SYSTEM = ("module/nvidia", "module/nvidia_uvm", "bus/pci/devices", "devices/system/node")  # under /sys
_INDEX = re.compile("[0-9]{1,2}")
_IDENTITY = re.compile("(GPU|MIG)-[0-9a-fA-F/-]{1,64}")
_CDI = re.compile(r"[A-Za-z0-9.-]{1,63}/[A-Za-z0-9_.-]{1,63}=[A-Za-z0-9_.:-]{1,63}")
_LISTED = re.compile(r"\s*(\S+) \([^)]*x86-64[^)]*\) => (/\S+)|\s*(\S+) \([^)]*AArch64[^)]*\) => (/\S+)")
_SHARED = (
    "The driver of the GPU in the host's kernel is reachable from the program: a large and closed kernel surface.",
    "Both system-call filters permit what CUDA needs (guest.calls_gpu), among it ioctl and executable memory.",
    "Address space and file size are not limited in the guest: CUDA reserves more than any machine has.",
    "The guest can close the descriptor by which it ends with its host; under docker its CPU limit ends it then.",
    "Locks (futex) need not be private: guests that map the same file, such as a library, can signal each other.",
    "Memory of the GPU is not limited, and what an earlier program left in it is cleared by the driver alone.",
)
_OPEN = (
    "There is no limit on memory under bubblewrap: it has no memory cgroup.",
    "The guest sees /proc of its own namespace and parts of /sys, read-only: buses, nodes and driver of the host.",
)


def _ask_loader() -> str:
    """Return what ldconfig(8) knows, empty where it cannot be asked."""
    try:
        done = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=False, env={})
    except OSError:
        return ""
    return done.stdout


@dataclass(frozen=True, slots=True)
class Machine:
    """Where devices and driver are looked for.

    Attributes:
        root: the folder that holds ``dev``, ``proc`` and ``sys``.
        libraries: returns the list of ``ldconfig -p``.
    """

    root: Path = Path("/")
    libraries: Callable[[], str] = _ask_loader


@dataclass(frozen=True, slots=True)
class GpuPlan:
    """How one GPU enters a guest.

    Attributes:
        backend: for which backend.
        device: which GPU: an index, an identity (``GPU-...``) or a CDI name.
        docker: further arguments of the engine's host configuration.
        bubblewrap: further words of bwrap, behind the bind of the root.
        environment: further variables of the guest.
        relaxations: what no longer holds, one sentence each.
    """

    backend: str
    device: str
    docker: Mapping[str, Any] = field(default_factory=dict)
    bubblewrap: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    relaxations: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """Return it as plain data for a run's record."""
        requests = [dict(request) for request in self.docker.get("device_requests", ())]
        return {
            "backend": self.backend,
            "device": self.device,
            "device_requests": requests,
            "bubblewrap": list(self.bubblewrap),
            "environment": dict(self.environment),
            "relaxations": list(self.relaxations),
        }


def plan(
    backend: str,
    level: str,
    preset: str = "",
    runtime: str = "",
    *,
    device: str = "0",
    runtime_arguments: Sequence[str] = (),
    entries: Collection[Entry] = (),
    machine: Machine | None = None,
) -> GpuPlan:
    """Return how a GPU enters a guest of this backend and level.

    Args:
        backend: ``docker`` or ``bubblewrap``.
        level: ``fresh``, or ``vm`` under gVisor; CUDA does not survive the fork of the level ``warm``.
        preset: ``regulated`` takes gVisor with its driver proxy only.
        runtime: the OCI runtime by name.
        device: index, ``GPU-...`` or ``MIG-...`` identity, or CDI name such as ``nvidia.com/gpu=0``.
        runtime_arguments: what the engine passes to this runtime; ``--nvproxy`` must be among it for gVisor.
        entries: what is in the guest's root.
        machine: where to look; this machine when None.

    Raises:
        SandboxUnavailable: the rules forbid it, the root carries no torch, or there is no such device or driver.
    """
    machine = machine or Machine()
    _require_permitted(backend, level, preset, runtime, runtime_arguments)
    if not any(entry.path.startswith(f"{PACKAGES}/torch/") for entry in entries):
        raise SandboxUnavailable(
            "gpu: the guest's root carries no torch, so no program could use the GPU.",
            'Open it with libraries=("torch",).',
        )
    if backend == "docker":
        _require_devices(machine, ())
        request = device_request(device)
        extra = {"NVIDIA_DRIVER_CAPABILITIES": "compute,utility"}
        return GpuPlan(backend, device, {"device_requests": [request]}, (), extra | {VARIABLE: "1"}, _SHARED)
    words = (*device_binds(device, machine), *driver_binds(machine), *system_binds(machine))
    extra = {"LD_LIBRARY_PATH": f"/lib:{DRIVERS}", VARIABLE: "1"}
    return GpuPlan(backend, device, {}, words, extra, _SHARED + _OPEN)


def arguments_of(info: Mapping[str, Any], runtime: str) -> tuple[str, ...]:
    """Return what an engine passes to one of its runtimes, from its answer to ``/info``."""
    known = (info.get("Runtimes") or {}).get(runtime) or {}
    return tuple(known.get("runtimeArgs") or ())


def device_request(device: str) -> Any:
    """Return the engine's device request for one GPU: by the NVIDIA runtime's hook, or by CDI for a CDI name.

    Raises:
        SandboxUnavailable: the name is none of an index, an identity, a CDI name.
    """
    from docker.types import DeviceRequest

    if _CDI.fullmatch(device):
        return DeviceRequest(driver="cdi", device_ids=[device])
    if not (_INDEX.fullmatch(device) or _IDENTITY.fullmatch(device)):
        raise SandboxUnavailable(
            f"gpu: {device!r} names no GPU.",
            "Use an index, GPU-... or MIG-..., or a CDI name such as nvidia.com/gpu=0.",
        )
    return DeviceRequest(device_ids=[device], capabilities=[["gpu", "compute", "utility"]])


def device_binds(device: str, machine: Machine) -> tuple[str, ...]:
    """Return bwrap's words for a ``/dev`` that holds one GPU, its control devices and the random numbers torch opens.

    Raises:
        SandboxUnavailable: the device is not named by its index, or its device files are missing.
    """
    if not _INDEX.fullmatch(device):
        raise SandboxUnavailable(
            f"gpu: bubblewrap takes a GPU by its index, not by {device!r}.", "Use 0 for /dev/nvidia0, or docker."
        )
    _require_devices(machine, (f"nvidia{int(device)}",))
    names = [name for name in (f"nvidia{int(device)}", *_CONTROL) if (machine.root / "dev" / name).exists()]
    binds = [word for name in names for word in ("--dev-bind", str(machine.root / "dev" / name), f"/dev/{name}")]
    return ("--tmpfs", "/dev", "--dev-bind", _RANDOM, _RANDOM, *binds, "--remount-ro", "/dev")


def driver_binds(machine: Machine) -> tuple[str, ...]:
    """Return bwrap's words that bind the driver's libraries, under the names by which programs load them.

    Raises:
        SandboxUnavailable: the loader does not know libcuda.
    """
    found = driver_libraries(machine.libraries())
    missing = [name for name in NEEDED if name not in found]
    if missing:
        raise SandboxUnavailable(
            f"gpu: ldconfig knows no {missing[0]}, so the GPU's driver is not installed for programs.",
            "Install the libraries of the NVIDIA driver that is loaded.",
        )
    binds = [word for name, path in found.items() for word in ("--ro-bind", path, f"{DRIVERS}/{name}")]
    return ("--tmpfs", DRIVERS, *binds, "--remount-ro", DRIVERS)


def driver_libraries(listing: str) -> dict[str, str]:
    """Return path by name of the driver's libraries in the list of ``ldconfig -p``; the first of a name counts."""
    found: dict[str, str] = {}
    for match in map(_LISTED.match, listing.splitlines()):
        if match:
            name, path = match[1] or match[3], match[2] or match[4]
            if name in (*NEEDED, *USEFUL) or name.startswith("libnvidia-gpucomp.so"):
                found.setdefault(name, path)
    return found


def system_binds(machine: Machine) -> tuple[str, ...]:
    """Return bwrap's words for the parts of /sys and /proc that CUDA reads when it starts; all read-only."""
    roots = sorted(path.name for path in (machine.root / "sys/devices").glob("pci*"))
    names = [
        name for name in (*_SYSTEM, *(f"devices/{name}" for name in roots)) if (machine.root / "sys" / name).exists()
    ]
    binds = [word for name in names for word in ("--ro-bind", str(machine.root / "sys" / name), f"/sys/{name}")]
    proc = ("--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys")
    return ("--tmpfs", "/sys", *binds, "--remount-ro", "/sys", *proc)


def _require_permitted(backend: str, level: str, preset: str, runtime: str, runtime_arguments: Sequence[str]) -> None:
    proxied = any(word.lstrip("-") in ("nvproxy", "nvproxy=true") for word in runtime_arguments)
    if backend not in ("docker", "bubblewrap"):
        raise SandboxUnavailable(f"gpu: no device can enter the backend {backend}.", "Use docker or bubblewrap.")
    if level == "warm":
        raise SandboxUnavailable(
            "gpu: CUDA cannot be used in a forked process, so no GPU enters the level warm.",
            "Use the level fresh or vm.",
        )
    virtual = level == "vm" or runtime == GVISOR
    if preset == "regulated" and not (backend == "docker" and virtual and proxied):
        raise SandboxUnavailable(
            "gpu: the preset regulated lets a GPU in only under gVisor with its driver proxy (runsc with --nvproxy).",
            "Leave the GPU on the host (gpu=host), where the detector uses it, or register runsc with --nvproxy.",
        )
    if virtual and not proxied:
        raise SandboxUnavailable(
            f"gpu: the runtime {runtime or GVISOR} passes no GPU on without --nvproxy.",
            "Add --nvproxy to its runtimeArgs in the engine's daemon.json.",
        )


def _require_devices(machine: Machine, further: tuple[str, ...]) -> None:
    for name in ("nvidiactl", "nvidia-uvm", *further):
        path = machine.root / "dev" / name
        if not path.exists():
            raise SandboxUnavailable(
                f"gpu: there is no device file /dev/{name} here.",
                "Load the NVIDIA driver, or leave the GPU out (gpu=host).",
            )
