from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmdas_sandbox import Sandbox
from llmdas_sandbox.fresh import FreshSandbox
from llmdas_sandbox.rootfs import GuestRoot, ensure_root
from tests.sandbox.backends import BACKENDS, make, public_folder, unusable, why_not
from tests.sandbox.kept import Kept


@pytest.fixture(scope="session")
def cache() -> Iterator[Path]:
    folder = public_folder()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def root(cache: Path) -> GuestRoot:
    return ensure_root(cache)


@pytest.fixture(scope="session", params=BACKENDS)
def sandbox(request: pytest.FixtureRequest, root: GuestRoot) -> Iterator[FreshSandbox]:
    reason = why_not(request.param, root)
    if reason:
        unusable(request.param, reason)
    with make(request.param, root) as opened:
        yield opened


@pytest.fixture(params=["warm", "fresh"])
def box(request: pytest.FixtureRequest, sandbox: FreshSandbox) -> Iterator[Sandbox]:
    if request.param == "fresh":
        yield sandbox
        return
    with Kept(sandbox) as kept:
        yield kept


@pytest.fixture
def warm(sandbox: FreshSandbox) -> Iterator[Kept]:
    with Kept(sandbox) as kept:
        yield kept
