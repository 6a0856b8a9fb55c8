"""The level vm: refused with the reason where gVisor is not there, and with a kernel of its own where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmdas_sandbox import Limits, SandboxUnavailable, open_sandbox
from llmdas_sandbox.engine import connect
from llmdas_sandbox.fresh import FreshSandbox
from llmdas_sandbox.rootfs import GuestRoot
from llmdas_sandbox.selfcheck import quick_check
from tests.sandbox.backends import unusable, why_not
from tests.sandbox.census import opened
from tests.sandbox.programs import request

pytestmark = pytest.mark.docker


@pytest.fixture
def engine(root: GuestRoot) -> None:
    if reason := why_not("docker", root):
        unusable("docker", reason)


@pytest.fixture
def vm(engine: None, root: GuestRoot) -> FreshSandbox:
    try:
        box = opened("docker", "vm", root)
    except SandboxUnavailable as error:
        pytest.skip(f"LEVEL VM NOT TESTED: {error}")
    assert isinstance(box, FreshSandbox)
    return box


def test_runtime_that_is_not_registered_is_refused_with_those_that_are(engine: None, cache: Path) -> None:
    with pytest.raises(SandboxUnavailable, match=r"no runtime runsc-nosuch; it has .*runc") as caught:
        open_sandbox("docker", level="vm", runtime="runsc-nosuch", cache=cache)
    assert "Register runsc-nosuch in the engine's daemon.json" in caught.value.remedy


def test_gvisor_that_is_not_registered_is_refused_with_what_it_must_be_told(engine: None, cache: Path) -> None:
    """Or the level opens: one of the two holds on every machine."""
    client = connect()
    registered = "runsc" in client.api.info()["Runtimes"]
    client.close()
    if not registered:
        with pytest.raises(SandboxUnavailable, match="the engine has no runtime runsc; it has") as caught:
            open_sandbox(level="vm", cache=cache)
        assert "--host-uds=open --host-fifo=open" in caught.value.remedy
        return
    with open_sandbox(level="vm", cache=cache) as box:
        assert (box.backend, box.level) == ("docker", "vm")
        result = box.execute(request("return X + model.predict_score(X)[:, None]"))
        assert (result.fault, result.level) == (None, "vm")


def test_runtime_on_the_hosts_kernel_is_no_vm(cache: Path) -> None:
    with pytest.raises(SandboxUnavailable, match="runc shares the host's kernel, so it has no level vm"):
        open_sandbox("docker", level="vm", runtime="runc", cache=cache)


def test_gvisor_has_no_level_warm(cache: Path) -> None:
    with pytest.raises(SandboxUnavailable, match="runsc takes no open files from outside, so it has no level warm"):
        open_sandbox("docker", level="warm", runtime="runsc", cache=cache)


def test_controls_of_the_level_vm_are_measured_and_hold(vm: FreshSandbox) -> None:
    with vm:
        checks = {check.name: check for check in quick_check(vm)}
    assert checks["own_kernel"].passed, checks["own_kernel"]
    assert [check for check in checks.values() if not check.passed] == []


@pytest.mark.parametrize(
    ("body", "limits", "limit"),
    [
        ("while True:\n    pass", Limits(wall_s=0.5), "wall_s"),
        ("while True:\n    pass", Limits(cpu_s=0.5), "cpu_s"),
        ("max(range(10 ** 12))", Limits(cpu_s=0.5), "cpu_s"),
        ("return np.ones(10 ** 9)", Limits(), "memory_bytes"),
    ],
    ids=["wall", "cpu in byte code", "cpu inside C", "memory"],
)
def test_limits_bite_in_gvisor_too(vm: FreshSandbox, body: str, limits: Limits, limit: str) -> None:
    with vm:
        fault = vm.execute(request(body, limits)).fault
    assert fault is not None
    assert (fault.kind, fault.limit) == ("limit", limit)
