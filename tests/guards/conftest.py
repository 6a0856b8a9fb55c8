"""One warm guest for all programs of these tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from llmdas_sandbox import Request, SandboxFailure
from llmdas_sandbox.rootfs import ensure_root
from tests.escapes.places import Outcome, Place
from tests.sandbox.backends import unusable


@pytest.fixture(scope="session")
def durable() -> Iterator[Callable[[Request], Outcome]]:
    """Runs a request in a child of one zygote, which serves on after faults: quick, and nothing may stay in it."""
    try:
        place = Place("bubblewrap-warm", ensure_root())
    except SandboxFailure as error:
        unusable("bubblewrap", str(error))
    yield place.run
    place.close()
