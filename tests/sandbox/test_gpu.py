"""A GPU in the guest: the exact arguments and binds, without a GPU; the rules that refuse it; what a guest sees.

The device files are plain files of the test's own, so these tests show what enters, not that CUDA works there.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llmdas_sandbox import SandboxUnavailable
from llmdas_sandbox.gpu import DRIVERS, GpuPlan, Machine, arguments_of, driver_libraries, plan
from llmdas_sandbox.guest import calls_gpu, filter
from llmdas_sandbox.guest.calls import Action
from llmdas_sandbox.rootfs import GuestRoot
from llmdas_sandbox.rootfs_build import Entry
from tests.sandbox.backends import make, public_folder, unusable, why_not

TORCH = (Entry("guest/torch/__init__.py", 0o644, 1, "0" * 64),)
LISTING = """\
412 libs found in cache `/etc/ld.so.cache'
\tlibz.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libz.so.1
\tlibnvidia-ptxjitcompiler.so.1 (libc6,x86-64) => {folder}/libnvidia-ptxjitcompiler.so.1
\tlibnvidia-ml.so.1 (libc6,x86-64) => {folder}/libnvidia-ml.so.1
\tlibcuda.so.1 (libc6,x86-64) => {folder}/libcuda.so.1
\tlibcuda.so.1 (libc6) => /lib/i386-linux-gnu/libcuda.so.1
\tlibcuda.so (libc6,x86-64) => {folder}/libcuda.so
\tlibGLX_nvidia.so.0 (libc6,x86-64) => {folder}/libGLX_nvidia.so.0
"""


@pytest.fixture
def machine() -> Iterator[Machine]:
    """Two GPUs, their control devices, what CUDA reads of /sys, and devices that must stay outside."""
    root = public_folder()
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "nvidia-modeset", "sda", "kvm"):
        (root / "dev").mkdir(exist_ok=True)
        (root / "dev" / name).write_text(name)
    for name in ("module/nvidia/initstate", "bus/pci/devices/x", "devices/pci0000:00/x", "class/net/eth0"):
        (root / "sys" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "sys" / name).write_text(name)
    for name in ("libcuda.so.1", "libnvidia-ml.so.1", "libnvidia-ptxjitcompiler.so.1"):
        (root / name).write_text(name)
    yield Machine(root, lambda: LISTING.format(folder=root))
    shutil.rmtree(root)


def planned(machine: Machine, backend: str = "bubblewrap", level: str = "fresh", **more: Any) -> GpuPlan:
    return plan(backend, level, entries=TORCH, machine=machine, **more)


def test_engine_is_asked_for_one_gpu_by_index_identity_or_cdi_name(machine: Machine) -> None:
    asked = {
        name: planned(machine, "docker", device=name).docker["device_requests"]
        for name in ("1", "GPU-0f1e2d3c-aaaa-bbbb-cccc-0123456789ab", "nvidia.com/gpu=0")
    }
    for name, (request,) in asked.items():
        cdi = "/" in name
        assert request == {
            "Driver": "cdi" if cdi else "",
            "Count": 0,
            "DeviceIDs": [name],
            "Capabilities": [] if cdi else [["gpu", "compute", "utility"]],
            "Options": {},
        }
    made = planned(machine, "docker")
    assert made.environment == {"NVIDIA_DRIVER_CAPABILITIES": "compute,utility", "LLMDAS_GUEST_GPU": "1"}
    assert made.bubblewrap == ()


@pytest.mark.parametrize("name", ["", "all", "-1", "0,1", "GPU-", "../nvidia0", "gpu=all\n", "nvidia.com/gpu"])
def test_name_of_anything_else_is_refused(machine: Machine, name: str) -> None:
    for backend in ("docker", "bubblewrap"):
        with pytest.raises(SandboxUnavailable, match="GPU"):
            planned(machine, backend, device=name)


def test_bubblewrap_binds_one_gpu_its_control_devices_driver_and_facts(machine: Machine) -> None:
    root = machine.root
    assert planned(machine, device="1").bubblewrap == (
        *("--tmpfs", "/dev"),
        *("--dev-bind", "/dev/urandom", "/dev/urandom"),
        *("--dev-bind", f"{root}/dev/nvidia1", "/dev/nvidia1"),
        *("--dev-bind", f"{root}/dev/nvidiactl", "/dev/nvidiactl"),
        *("--dev-bind", f"{root}/dev/nvidia-uvm", "/dev/nvidia-uvm"),
        *("--remount-ro", "/dev"),
        *("--tmpfs", "/channel"),
        *("--ro-bind", f"{root}/libnvidia-ptxjitcompiler.so.1", "/channel/libnvidia-ptxjitcompiler.so.1"),
        *("--ro-bind", f"{root}/libnvidia-ml.so.1", "/channel/libnvidia-ml.so.1"),
        *("--ro-bind", f"{root}/libcuda.so.1", "/channel/libcuda.so.1"),
        *("--remount-ro", "/channel"),
        *("--tmpfs", "/sys"),
        *("--ro-bind", f"{root}/sys/module/nvidia", "/sys/module/nvidia"),
        *("--ro-bind", f"{root}/sys/bus/pci/devices", "/sys/bus/pci/devices"),
        *("--ro-bind", f"{root}/sys/devices/pci0000:00", "/sys/devices/pci0000:00"),
        *("--remount-ro", "/sys"),
        *("--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys"),
    )


def test_loader_s_list_gives_libraries_of_this_machine_s_width_only() -> None:
    assert driver_libraries(LISTING.format(folder="/d")) == {
        "libnvidia-ptxjitcompiler.so.1": "/d/libnvidia-ptxjitcompiler.so.1",
        "libnvidia-ml.so.1": "/d/libnvidia-ml.so.1",
        "libcuda.so.1": "/d/libcuda.so.1",
    }
    arm = "\tlibcuda.so.1 (libc6,AArch64) => /usr/lib/aarch64-linux-gnu/libcuda.so.1"
    assert driver_libraries(arm) == {"libcuda.so.1": "/usr/lib/aarch64-linux-gnu/libcuda.so.1"}


@pytest.mark.parametrize(
    ("backend", "level", "more", "said"),
    [
        ("bubblewrap", "warm", {}, "forked process"),
        ("docker", "warm", {}, "forked process"),
        ("bubblewrap", "fresh", {"preset": "regulated"}, "preset regulated"),
        ("docker", "fresh", {"preset": "regulated"}, "preset regulated"),
        ("docker", "fresh", {"preset": "regulated", "runtime_arguments": ("--nvproxy",)}, "preset regulated"),
        ("docker", "vm", {"preset": "regulated", "runtime": "runsc"}, "preset regulated"),
        ("docker", "vm", {"runtime": "runsc", "runtime_arguments": ("--nvproxy=false",)}, "without --nvproxy"),
        ("docker", "fresh", {"runtime": "runsc"}, "without --nvproxy"),
        ("firecracker", "fresh", {}, "no device can enter the backend firecracker"),
    ],
)
def test_rules_refuse(machine: Machine, backend: str, level: str, more: dict[str, Any], said: str) -> None:
    with pytest.raises(SandboxUnavailable, match=said):
        planned(machine, backend, level, **more)


@pytest.mark.parametrize("word", ["--nvproxy", "-nvproxy", "--nvproxy=true"])
def test_regulated_takes_gvisor_with_its_driver_proxy(machine: Machine, word: str) -> None:
    made = planned(
        machine, "docker", "vm", preset="regulated", runtime="runsc", runtime_arguments=("--network=none", word)
    )
    assert made.docker["device_requests"][0]["DeviceIDs"] == ["0"]


def test_arguments_of_a_runtime_come_from_the_engine_s_answer() -> None:
    info = {"Runtimes": {"runc": {"path": "runc"}, "runsc": {"path": "runsc", "runtimeArgs": ["--nvproxy"]}}}
    assert arguments_of(info, "runsc") == ("--nvproxy",)
    assert arguments_of(info, "runc") == arguments_of(info, "kata") == arguments_of({}, "runsc") == ()


def test_root_without_torch_is_refused(machine: Machine, root: GuestRoot) -> None:
    with pytest.raises(SandboxUnavailable, match="carries no torch"):
        plan("bubblewrap", "fresh", entries=root.entries, machine=machine)


@pytest.mark.parametrize("backend", ["docker", "bubblewrap"])
@pytest.mark.parametrize("name", ["nvidiactl", "nvidia-uvm"])
def test_machine_without_the_driver_is_refused(machine: Machine, backend: str, name: str) -> None:
    (machine.root / "dev" / name).unlink()
    with pytest.raises(SandboxUnavailable, match=f"no device file /dev/{name}"):
        planned(machine, backend)


def test_gpu_that_is_not_there_and_driver_without_libraries_are_refused(machine: Machine) -> None:
    with pytest.raises(SandboxUnavailable, match="no device file /dev/nvidia7"):
        planned(machine, device="7")
    with pytest.raises(SandboxUnavailable, match="knows no libcuda"):
        planned(dataclasses.replace(machine, libraries=lambda: "0 libs found in cache"))


def test_every_relaxation_is_in_the_record(machine: Machine) -> None:
    docker, bubblewrap = planned(machine, "docker").record(), planned(machine).record()
    assert set(docker["relaxations"]) < set(bubblewrap["relaxations"])
    assert any("no limit on memory" in sentence for sentence in bubblewrap["relaxations"])
    assert docker["device"] == "0"


WIDENED = {name for group in calls_gpu.WIDER for name in group.names.split()}


@pytest.mark.parametrize("phase", ["FIRST", "SECOND"])
def test_wider_filters_differ_in_the_table_s_rows_only(phase: str) -> None:
    plain, wide = getattr(filter, phase), getattr(calls_gpu, phase)
    assert {name for name in plain.answers if plain.answers[name] != wide.answers[name]} <= WIDENED
    assert set(plain.only) - set(wide.only) <= set(calls_gpu._WITHOUT)
    assert set(plain.answers) >= WIDENED, "every name is one that the plain table knows"
    assert wide.unknown == plain.unknown


@pytest.mark.parametrize(
    "name", ["execve", "fork", "ptrace", "mount", "bpf", "io_uring_setup", "setns", "unshare", "kill", "recvmsg"]
)
def test_wider_filter_still_kills(name: str) -> None:
    assert calls_gpu.SECOND.answers[name] is Action.KILL


def test_wider_filter_gives_no_socket_and_threads_only() -> None:
    assert calls_gpu.SECOND.answers["socket"] is calls_gpu.FIRST.answers["socket"] is Action.EPERM
    flags = [(only.mask, only.values) for only in calls_gpu.SECOND.only["clone"]]
    assert (0x10000, (0x10000,)) in flags, "CLONE_THREAD"
    assert (0x7E020000, (0,)) in flags, "no CLONE_NEW*"


LOOK = b"""
import os
import numpy as np
def look(X):
    assert set(os.listdir("/dev")) == {"nvidia0", "nvidia-uvm", "nvidiactl", "urandom"}, os.listdir("/dev")
    assert sorted(os.listdir("/channel")) == ["libcuda.so.1", "libnvidia-ml.so.1", "libnvidia-ptxjitcompiler.so.1"]
    assert sorted(os.listdir("/sys")) == ["bus", "devices", "module"], os.listdir("/sys")
    with open("/dev/nvidia0") as file:
        assert file.read() == "nvidia0"
    assert os.environ["LD_LIBRARY_PATH"] == "/lib:/channel"
    for path in ("/dev/new", "/sys/new", "/channel/new", "/new", "/proc/sys/kernel/core_pattern"):
        try:
            open(path, "w")
        except OSError:
            continue
        raise AssertionError(path)
    assert np.array_equal(X @ X, X)
    return X
"""


@pytest.mark.bubblewrap
def test_guest_sees_one_gpu_and_no_other_device(machine: Machine, root: GuestRoot) -> None:
    import numpy as np

    if reason := why_not("bubblewrap", root):
        unusable("bubblewrap", reason)
    with make("bubblewrap", root) as sandbox:
        sandbox.admit(planned(machine))
        assert sandbox.gpu == "guest"
        result = sandbox.run(LOOK, function="look", arrays={"X": np.eye(2)})
    assert result.fault is None, result.fault


@pytest.mark.bubblewrap
def test_network_and_processes_stay_away_from_a_guest_with_a_gpu(machine: Machine, root: GuestRoot) -> None:
    if reason := why_not("bubblewrap", root):
        unusable("bubblewrap", reason)
    socket = (
        b"import ctypes, numpy as np\ndef f():\n    libc = ctypes.CDLL(None, use_errno=True)\n"
        b"    assert libc.socket(2, 1, 0) == -1 and ctypes.get_errno() == 1\n    return np.zeros(0)\n"
    )
    fork = b"import ctypes, numpy as np\ndef f():\n    ctypes.CDLL(None).syscall(57)\n    return np.zeros(0)\n"
    with make("bubblewrap", root) as sandbox:
        sandbox.admit(planned(machine))
        first, second = sandbox.run(socket, function="f"), sandbox.run(fork, function="f")
    assert first.fault is None, first.fault
    assert second.fault is not None
    assert second.fault.kind == "killed"


@pytest.mark.docker
def test_engine_that_cannot_give_the_gpu_is_our_failure_not_the_program_s(machine: Machine, root: GuestRoot) -> None:
    from llmdas_sandbox import SandboxFailure

    if reason := why_not("docker", root):
        unusable("docker", reason)
    with make("docker", root) as sandbox:
        sandbox.admit(planned(machine, "docker"))
        settings = sandbox._settings(["main"], limits(), machine.root)  # type: ignore[attr-defined]
        assert settings["host_config"]["DeviceRequests"] == planned(machine, "docker").docker["device_requests"]
        assert not settings["host_config"].get("Devices")
        assert settings["environment"]["NVIDIA_DRIVER_CAPABILITIES"] == "compute,utility"
        if not Path("/dev/nvidiactl").exists():
            with pytest.raises(SandboxFailure, match="could not select device driver"):
                sandbox.run(b"def f():\n    return np.zeros(0)\n", function="f")


def test_plan_of_another_backend_is_not_taken(machine: Machine, root: GuestRoot) -> None:
    if reason := why_not("bubblewrap", root):
        unusable("bubblewrap", reason)
    with make("bubblewrap", root) as sandbox, pytest.raises(SandboxUnavailable, match="does not fit bubblewrap"):
        sandbox.admit(planned(machine, "docker"))


def limits() -> Any:
    from llmdas_sandbox import Limits

    return Limits()


def test_drivers_are_bound_where_every_root_has_an_empty_folder(root: GuestRoot) -> None:
    assert DRIVERS.lstrip("/") in {entry.path for entry in root.entries if not entry.sha256}
