"""Known ways out, tried in each sandbox with gate and guards off; judged by what really happened.

Each script of `scripts/` names the public description of its technique and defines `attempt`, which returns 1 when it
got out, and is harmless even then. Mode `main` stands under everything but gate and guards, mode `bare` without the
second system-call filter too. The control runs a script outside any sandbox, to show that there it does succeed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import docker.errors
import pytest

from llmdas_sandbox import GuestPolicy, Limits, Request
from llmdas_sandbox.fresh import FreshSandbox
from llmdas_sandbox.rootfs import GuestRoot, ensure_root
from llmdas_sandbox.rootfs_build import GUEST_PACKAGE
from llmdas_sandbox.session import converse
from tests.escapes.world import World
from tests.sandbox.backends import BACKENDS, make, public_folder, unusable, why_not
from tests.sandbox.test_isolation import eventually, guests, left_folders

HERE = Path(__file__).parent
SCRIPTS = sorted((HERE / "scripts").glob("*.py"))
NAMES = [path.stem for path in SCRIPTS]
LIMITS = Limits(wall_s=2.5, cpu_s=2.0, memory_bytes=400 << 20, processes=8)
NOTHING = GuestPolicy((), {}, ())
BROKEN = {
    "NameError",
    "SyntaxError",
    "ImportError",
    "ModuleNotFoundError",
    "AttributeError",
    "TypeError",
    "LookupError",
    "ValueError",
}

pytestmark = pytest.mark.skipif(
    platform.machine() != "x86_64", reason="ESCAPES NOT TESTED: the scripts use numbers of x86_64"
)


def facts(path: Path) -> dict[str, str]:
    """The marked lines of a script's docstring; a script is a template, so it cannot be parsed."""
    return dict(re.findall(r"^(\w+): (.+)$", path.read_text().split('"""')[1], re.MULTILINE))


@pytest.fixture(scope="module")
def raw_root() -> Iterator[GuestRoot]:
    """A root whose guest runs any Python; it exists for these tests only."""
    folder = public_folder()
    package = folder / "package"
    shutil.copytree(GUEST_PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(HERE / "guest", package, dirs_exist_ok=True)
    yield ensure_root(folder / "cache", package)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def product_root() -> Iterator[GuestRoot]:
    folder = public_folder()
    yield ensure_root(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module", params=BACKENDS)
def raw(request: pytest.FixtureRequest, raw_root: GuestRoot, product_root: GuestRoot) -> Iterator[FreshSandbox]:
    if reason := why_not(request.param, product_root):
        unusable(request.param, reason)
    with make(request.param, raw_root) as sandbox:
        yield sandbox
        if sandbox.backend == "docker":
            with contextlib.suppress(
                docker.errors.APIError
            ):  # another test run at the same time may need it, or be first
                sandbox._client.api.remove_image(sandbox.image, force=True)


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.close()


@pytest.mark.parametrize("mode", ["main", "bare"])
@pytest.mark.parametrize("name", NAMES)
def test_no_way_out(raw: FreshSandbox, name: str, mode: str, world: World) -> None:
    path = HERE / "scripts" / f"{name}.py"
    if mode not in facts(path)["Layers"].split():
        return  # the technique harms nobody in a closed sandbox; only the second filter forbids it
    source = world.fill(path.read_bytes())
    request = Request(source, hashlib.sha256(source).hexdigest(), "attempt", {}, NOTHING, LIMITS)
    before = left_folders()
    value, fault, usage = converse(raw.launch(mode, LIMITS), request)
    assert world.damage() == []
    assert fault is not None or float(value) == 0.0, "the script says that it got out"
    assert fault is None or fault.exception not in BROKEN, fault
    assert usage.wall_s < LIMITS.wall_s + 5
    assert eventually(lambda: guests(raw) == [])
    assert left_folders() == before


CONTROL = """
import sys
sys.path.insert(0, {packages!r})
namespace = {{"__name__": "program"}}
exec(compile(sys.stdin.read(), "program.py", "exec"), namespace)
print(namespace["attempt"]())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="CONTROLS NOT RUN: without root the host itself forbids some of them")
@pytest.mark.parametrize(
    "name", [name for name in NAMES if facts(HERE / "scripts" / f"{name}.py").get("Control", "no") != "no"]
)
def test_control_succeeds_outside_a_sandbox(name: str, raw_root: GuestRoot, world: World) -> None:
    """Otherwise the test above would pass because the script is broken."""
    path = HERE / "scripts" / f"{name}.py"
    done = subprocess.run(
        [sys.executable, "-B", "-c", CONTROL.format(packages=str(raw_root.path / "guest"))],
        input=world.fill(path.read_bytes()).decode(),
        capture_output=True,
        text=True,
        timeout=30,
    )
    if facts(path)["Control"] == "witness":
        assert world.damage() != [], done.stderr
    else:
        assert done.stdout.strip().splitlines()[-1] == "1.0", done.stderr


@pytest.mark.parametrize("path", SCRIPTS, ids=NAMES)
def test_script_names_its_source_and_its_layers(path: Path) -> None:
    found = facts(path)
    assert found["See"].startswith(("https://", "http://"))
    assert set(found["Layers"].split()) <= {"main", "bare"}
    assert "main" in found["Layers"].split()


def test_raw_guest_does_run_scripts(raw: FreshSandbox) -> None:
    """A value of 1 does come back, so a script that got out would be seen."""
    source = b"def attempt():\n    return 1.0\n"
    request = Request(source, hashlib.sha256(source).hexdigest(), "attempt", {}, NOTHING, LIMITS)
    for mode in ("main", "bare"):
        assert converse(raw.launch(mode, LIMITS), request)[0] == 1.0


def test_product_has_no_way_to_start_the_raw_guest(product_root: GuestRoot, raw_root: GuestRoot) -> None:
    assert product_root.digest != raw_root.digest
    assert not (product_root.path / "guest/llmdas_sandbox/guest/tools.py").exists()
    assert "bare" not in (GUEST_PACKAGE / "__main__.py").read_text()
