"""Known ways out, tried in each sandbox with gate and guards off; judged by what really happened.

Each script of `scripts/` names the public description of its technique and defines `attempt`, which returns 1 when it
got out, and is harmless even then. It stands behind `prelude.py` and runs as plain Python (`Request.policy` None) in
the product's own guest; `places` says where. `Layers: main` is the sandbox as it is; `Layers: main bare` says that the
technique must fail without the second system-call filter too. The control runs a script outside any sandbox, to show
that there it does succeed.

In every run each script is tried warm on both backends and, where its layers say so, bare under bubblewrap. A guest of
its own for each script takes up to a second, so bubblewrap fresh, docker fresh, docker bare and docker vm get a quarter
of the scripts, always the same one for a place, drawn by name. `LLMDAS_ALL_ESCAPES=1` tries every script at every
place. `LLMDAS_REQUIRE_BACKENDS=bubblewrap,docker,vm` makes a place that cannot be opened a failure.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from llmdas_sandbox import Function, Request, Rows, SandboxFailure
from llmdas_sandbox.rootfs import GuestRoot, ensure_root
from llmdas_sandbox.rootfs_build import ENTRY, ENVIRONMENT
from tests.escapes import places
from tests.escapes.places import LIMITS, Place
from tests.escapes.world import World
from tests.sandbox.backends import unusable
from tests.sandbox.census import eventually

HERE = Path(__file__).parent
SCRIPTS = sorted((HERE / "scripts").glob("*.py"))
PRELUDE = (HERE / "prelude.py").read_text()
EVERYWHERE = os.environ.get("LLMDAS_ALL_ESCAPES", "") not in ("", "0")
ROWS = np.arange(30.0).reshape(10, 3)
BROKEN = {
    "NameError",
    "UnboundLocalError",
    "SyntaxError",
    "ImportError",
    "ModuleNotFoundError",
    "AttributeError",
    "TypeError",
    "IndexError",
    "KeyError",
    "ValueError",
    "error",  # struct.error
    "ArgumentError",
}

pytestmark = pytest.mark.skipif(
    platform.machine() != "x86_64", reason="ESCAPES NOT TESTED: the scripts use numbers of x86_64"
)


def facts(path: Path) -> dict[str, str]:
    """The marked lines of a script's docstring; a script is a template, so it cannot be parsed."""
    return dict(re.findall(r"^(\w+): (.+)$", path.read_text().split('"""')[1], re.MULTILINE))


def tried(place: str, path: Path) -> bool:
    """Whether a script is tried at a place in this run."""
    if place.endswith("bare") and "bare" not in facts(path)["Layers"].split():
        return False  # the technique harms nobody in a closed sandbox; only the second filter forbids it
    drawn = hashlib.sha256(f"{place} {path.stem}".encode()).digest()[0] % 4 == 0
    return EVERYWHERE or place in places.WHOLE or drawn


def cases() -> Iterator[pytest.param]:
    for place in places.NAMES:
        for path in SCRIPTS:
            if tried(place, path):
                mark = getattr(pytest.mark, place.split("-")[0])
                yield pytest.param(place, path, marks=mark, id=f"{place}-{path.stem}")


@pytest.fixture(scope="module")
def root() -> GuestRoot:
    return ensure_root()


@pytest.fixture(scope="module")
def opened(root: GuestRoot) -> Iterator[Callable[[str], Place]]:
    """Opens a place and closes the one before; what cannot be opened says why each time."""
    here: dict[str, Place] = {}
    reasons: dict[str, str] = {}

    def at(name: str) -> Place:
        if name not in here and name not in reasons:
            while here:
                here.popitem()[1].close()
            try:
                here[name] = Place(name, root)
            except SandboxFailure as error:
                reasons[name] = str(error)
        if name in reasons:
            backend, level = name.split("-")
            unusable("vm" if level == "vm" else backend, reasons[name])
        return here[name]

    yield at
    while here:
        here.popitem()[1].close()


@pytest.fixture(scope="module")
def _worlds() -> Iterator[list[World]]:
    made: list[World] = []
    yield made
    for world in made:
        world.close()


@pytest.fixture
def world(_worlds: list[World]) -> World:
    """Bait that nobody has touched; a new one after any damage."""
    if _worlds and _worlds[-1].damage():
        _worlds.pop().close()
    if not _worlds:
        _worlds.append(World())
    return _worlds[-1]


def request_for(source: bytes, **arguments: object) -> Request:
    return Request(source, hashlib.sha256(source).hexdigest(), "attempt", arguments, None, LIMITS)


def text_of(path: Path, world: World) -> bytes:
    return world.fill(f"{PRELUDE}\n{path.read_text()}".encode())


@pytest.mark.parametrize(("place", "path"), cases())
def test_no_way_out(opened: Callable[[str], Place], place: str, path: Path, world: World) -> None:
    here, rows, asked = opened(place), ROWS.copy(), []

    def score(given: np.ndarray) -> np.ndarray:
        asked.append(given)
        return given[:, 0]

    arguments = {"rows": Rows(rows), "score": Function(score)} if "Takes" in facts(path) else {}
    here.look()
    value, fault, usage = here.run(request_for(text_of(path, world), **arguments))
    assert world.damage() == []
    assert np.array_equal(rows, ROWS)
    assert all(given.ndim == 2 and np.isfinite(given).all() for given in asked)  # a function takes rows of any width
    assert fault is not None or not np.any(value), "the script says that it got out"
    assert fault is None or fault.exception not in BROKEN, fault
    assert fault is None or f"{fault.exception}{fault.message}".isprintable()
    used = (usage.wall_s, usage.cpu_s, usage.peak_bytes, usage.printed)
    assert np.isfinite(used).all()
    assert min(used) >= 0
    assert usage.wall_s < LIMITS.wall_s + 5
    assert eventually(lambda: here.left() == []), here.left()


CONTROL = """
import sys
sys.path.insert(0, {packages!r})
namespace = {{"__name__": "program"}}
exec(compile(sys.stdin.read(), "program.py", "exec"), namespace)
print(namespace["attempt"]())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="CONTROLS NOT RUN: without root the host itself forbids some of them")
@pytest.mark.parametrize(
    "path", [path for path in SCRIPTS if facts(path).get("Control", "no") != "no"], ids=lambda path: path.stem
)
def test_control_succeeds_outside_a_sandbox(path: Path, root: GuestRoot, world: World) -> None:
    """Otherwise the test above would pass because the script is broken."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", CONTROL.format(packages=str(root.path / "guest"))],
        input=text_of(path, world).decode(),
        env=os.environ | ENVIRONMENT,  # one thread of OpenBLAS, as in a guest: some calls are for single threads
        capture_output=True,
        text=True,
        timeout=30,
    )
    if facts(path)["Control"] == "witness":
        assert world.damage() != [], done.stderr
    else:
        assert done.stdout.strip().splitlines()[-1:] == ["1.0"], done.stderr


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_script_names_its_source_and_its_layers(path: Path) -> None:
    found = facts(path)
    assert found["See"].startswith(("https://", "http://"))
    assert set(found["Layers"].split()) in ({"main"}, {"main", "bare"})
    assert found.get("Control", "no") in ("no", "yes", "witness")
    assert found.get("Takes", "rows score") == "rows score"


def test_there_are_at_least_eighty_scripts() -> None:
    assert len(SCRIPTS) >= 80


CALLS = {
    "a way out is seen": ("return 1.0", 1.0),
    "raw calls are made": ("return float(call(39) == os.getpid())", 1.0),  # getpid
    "a call beside the second filter's table": ("return float(call(110) >= 0)", None),  # getppid
}


@pytest.mark.parametrize("place", [pytest.param(n, marks=getattr(pytest.mark, n.split("-")[0])) for n in places.NAMES])
def test_scripts_do_run_there(opened: Callable[[str], Place], place: str, world: World) -> None:
    """A value of 1 does come back, so a script that got out would be seen; and only `bare` lacks the second filter."""
    for body, expected in CALLS.values():
        source = world.fill(f"{PRELUDE}\ndef attempt():\n    {body}\n".encode())
        value, fault, _ = opened(place).run(request_for(source))
        if expected is None and not place.endswith("bare"):
            assert fault is not None
            assert fault.kind == "killed"
        else:
            assert fault is None, fault
            assert value == 1.0


def test_product_has_no_way_to_leave_its_second_filter_out(root: GuestRoot) -> None:
    assert "filter_calls =" not in (root.path / ENTRY.lstrip("/")).read_text()
