"""A full disk: one clear sentence, and nothing half-built is taken for whole. The disks are tiny and in memory."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmdas_sandbox import SandboxFailure
from llmdas_sandbox.rootfs import GuestRoot, ensure_root
from tests.sandbox.backends import public_folder
from tests.sandbox.census import census, opened
from tests.sandbox.programs import request
from tests.sandbox.test_nothing_left import LEVELS, usable

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="FULL DISK NOT TESTED: mounting a tiny file system needs root"
)


@pytest.fixture
def disk() -> Iterator[Path]:
    """An empty file system of 1 MiB."""
    folder = public_folder()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=755", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)
    folder.rmdir()


def fill(disk: Path) -> None:
    with (disk / "filler").open("wb", buffering=0) as filler:
        try:
            while filler.write(bytes(1 << 16)):
                pass
        except OSError:
            pass


@pytest.mark.parametrize("kind", [*LEVELS[:4]], ids="-".join)
def test_full_temporary_folder(
    kind: tuple[str, str], root: GuestRoot, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Docker's channel lies there and says so; bubblewrap needs no disk and just runs."""
    usable(kind, root)
    before = census()
    fill(disk)
    with opened(*kind, root) as box:
        monkeypatch.setattr(tempfile, "tempdir", str(disk))
        if kind[0] == "bubblewrap":
            assert box.execute(request("return X")).fault is None
        else:
            with pytest.raises(SandboxFailure, match=r"channel cannot be made in .*No space left on device") as caught:
                box.execute(request("return X"))
            assert "TMPDIR" in caught.value.remedy
        assert [path.name for path in disk.iterdir()] == ["filler"]
        (disk / "filler").unlink()
        assert box.execute(request("return X")).fault is None
    assert list(disk.iterdir()) == []
    monkeypatch.undo()
    assert census() == before


def test_full_cache_folder_gives_no_half_root(disk: Path) -> None:
    with pytest.raises(SandboxFailure, match="No space left on device") as caught:
        ensure_root(disk)
    assert caught.value.remedy
    assert not list(disk.glob("guest/*/manifest.json"))
    assert not list(disk.glob("guest/.build-*"))
    assert not list(disk.glob("guest/keys/*"))
    subprocess.run(["mount", "-o", "remount,size=1g", disk], check=True)
    whole = ensure_root(disk)
    with opened("bubblewrap" if shutil.which("bwrap") else "docker", "fresh", whole) as box:
        assert box.execute(request("return X")).fault is None
