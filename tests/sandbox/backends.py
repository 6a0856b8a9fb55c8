"""Opens each backend once for all tests; where it cannot run, the tests skip with one line that says why.

`LLMDAS_REQUIRE_BACKENDS=bubblewrap,docker` turns those skips into failures, for machines that must have them.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from llmdas_sandbox import SandboxFailure
from llmdas_sandbox.fresh import FreshSandbox
from llmdas_sandbox.rootfs import GuestRoot

BACKENDS = [
    pytest.param("bubblewrap", marks=pytest.mark.bubblewrap),
    pytest.param("docker", marks=pytest.mark.docker),
]


def unusable(backend: str, reason: str) -> None:
    """Skip loudly, or fail where the backend is required."""
    sentence = f"{backend.upper()} NOT TESTED: {reason}"
    if backend in os.environ.get("LLMDAS_REQUIRE_BACKENDS", "").split(","):
        pytest.fail(sentence)
    pytest.skip(sentence)


def make(backend: str, root: GuestRoot) -> FreshSandbox:
    """A sandbox on a root, without asking whether it passes."""
    from llmdas_sandbox.bubblewrap import BubblewrapSandbox
    from llmdas_sandbox.docker import DockerSandbox

    return BubblewrapSandbox(root.path.parents[2], root=root) if backend == "bubblewrap" else DockerSandbox(root=root)


@functools.cache
def why_not(backend: str, root: GuestRoot) -> str:
    """Why a backend cannot start a guest here, empty when it can."""
    from llmdas_sandbox.selfcheck import quick_check

    try:
        sandbox = make(backend, root)
        try:
            quick_check(sandbox)
        finally:
            sandbox.close()
    except SandboxFailure as error:
        return str(error)
    return ""


def dead_pid() -> int:
    """The number of a process that has ended."""
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    return int(done.stdout)


def public_folder() -> Path:
    """A new temporary folder that an unprivileged user may enter, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="llmdas-test-"))
    folder.chmod(0o755)
    return folder
