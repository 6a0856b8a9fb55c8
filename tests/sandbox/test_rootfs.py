"""The guest's root: what is in it, that it is the same each time, and that nothing half-written or changed is used."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmdas_sandbox import SandboxFailure, rootfs
from llmdas_sandbox.rootfs import GuestRoot, build_root, default_cache, ensure_root
from llmdas_sandbox.rootfs_build import GUEST_PACKAGE, MOUNT_POINTS, loader_of
from tests.sandbox.backends import dead_pid, public_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    made = public_folder()
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def copy(root: GuestRoot, folder: Path) -> GuestRoot:
    """A root of its own in its own cache, made by copying the shared one with its times."""
    shutil.copytree(root.path.parents[1], folder / "guest", symlinks=True)
    return ensure_root(folder)


def test_two_builds_have_the_same_digest_and_bytes(root: GuestRoot, folder: Path) -> None:
    other = build_root(folder)
    assert other.path != root.path
    assert (other.digest, other.entries) == (root.digest, root.entries)


def test_root_holds_no_second_program_no_setuid_file_no_link_and_no_private_file(root: GuestRoot) -> None:
    executables = set()
    for folder, folders, files in os.walk(root.path):
        for name in folders + files:
            mode = (Path(folder) / name).lstat().st_mode
            assert stat.S_ISREG(mode) or stat.S_ISDIR(mode)
            assert not mode & (stat.S_ISUID | stat.S_ISGID | 0o022)
            assert mode & 0o004
            if stat.S_ISREG(mode) and mode & 0o111:
                executables.add(str((Path(folder) / name).relative_to(root.path)))
    assert executables == {"usr/bin/python3", loader_of(Path(os.path.realpath(sys._base_executable))).lstrip("/")}


def test_root_holds_only_what_a_guest_loads(root: GuestRoot) -> None:
    names = {entry.path for entry in root.entries}
    assert not [name for name in names if "site-packages" in name or name.startswith(("etc", "bin", "home", "root"))]
    absent = {
        "socket.py",
        "subprocess.py",
        "ssl.py",
        "ensurepip",
        "idlelib",
        "tkinter",
        "lib2to3",
        "test",
        "pip",
        "unittest",
        "sqlite3",
    }
    assert not [name for name in names if Path(name).parts[-1] in absent]
    assert not [name for name in names if "/tests/" in name]
    assert {entry.path for entry in root.entries if not entry.sha256} >= set(MOUNT_POINTS)
    for name in MOUNT_POINTS:
        assert not list((root.path / name).iterdir())


def test_every_module_is_compiled(root: GuestRoot) -> None:
    for entry in root.entries:
        if entry.path.endswith(".py"):
            path = root.path / entry.path
            compiled = list((path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"))
            assert len(compiled) == 1
            assert compiled[0].read_bytes()[4:8] == (1).to_bytes(4, "little"), "unchecked, by hash (PEP 552)"


def test_second_use_finds_the_root_without_building(
    root: GuestRoot, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llmdas_sandbox.rootfs.build_tree", None)
    assert ensure_root(cache) == root


def spoil_size(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"#")


def spoil_content_only(path: Path) -> None:
    path.write_bytes(b"#" * path.stat().st_size)


def spoil_content_but_not_time(path: Path) -> None:
    """What size, time and mode do not show."""
    seen = path.stat()
    path.write_bytes(path.read_bytes().replace(b"a", b"b"))
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def spoil_mode(path: Path) -> None:
    path.chmod(0o777)


def spoil_by_link(path: Path) -> None:
    content = path.with_name("elsewhere")
    path.rename(content)
    path.symlink_to(content)


def spoil_by_more(path: Path) -> None:
    path.with_name("more.py").write_text("")


@pytest.mark.parametrize(
    "spoil",
    [
        Path.unlink,
        spoil_size,
        spoil_content_only,
        spoil_content_but_not_time,
        spoil_mode,
        spoil_by_link,
        spoil_by_more,
    ],
)
def test_changed_root_is_rebuilt(copy: GuestRoot, folder: Path, spoil: object) -> None:
    victim = copy.path / "guest/llmdas_sandbox/frames.py"
    original = victim.read_bytes()
    spoil(victim)
    again = ensure_root(folder)
    assert again.digest == copy.digest
    assert (again.path / "guest/llmdas_sandbox/frames.py").read_bytes() == original
    assert not (again.path / "guest/llmdas_sandbox/more.py").exists()


def test_half_written_build_is_never_taken_for_whole(copy: GuestRoot, folder: Path) -> None:
    shutil.rmtree(copy.path / "usr")
    (copy.path.parent / "manifest.json").unlink()
    left = copy.path.parents[1] / f".build-{dead_pid()}-abc"
    (left / "root").mkdir(parents=True)
    again = ensure_root(folder)
    assert (again.path / "usr/bin/python3").is_file()
    assert not left.exists()
    assert [path.name for path in (folder / "guest").iterdir() if path.name.startswith(".")] == []


def test_manifest_of_another_root_is_not_believed(copy: GuestRoot, folder: Path) -> None:
    manifest = copy.path.parent / "manifest.json"
    content = json.loads(manifest.read_text())
    content["entries"] = [entry for entry in content["entries"] if not entry["path"].endswith("frames.py")]
    manifest.write_text(json.dumps(content))
    assert any(entry.path.endswith("llmdas_sandbox/frames.py") for entry in ensure_root(folder).entries)


def test_two_builders_at_once_both_get_the_whole_root(folder: Path) -> None:
    roots: list[GuestRoot] = []
    threads = [threading.Thread(target=lambda: roots.append(build_root(folder))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({root.digest for root in roots}) == 1
    assert ensure_root(folder).digest == roots[0].digest


def test_other_guest_code_gives_another_digest(root: GuestRoot, folder: Path) -> None:
    package = folder / "package"
    shutil.copytree(GUEST_PACKAGE, package)
    (package / "warm.py").write_text(
        (package / "warm.py").read_text() + '\nLIBRARIES = {"torch": ("torch",)}\n_tensors = int\n'
    )  # the module above has no tensors
    assert build_root(folder, package).digest != root.digest


def test_code_that_changes_during_a_build_is_not_answered_with_the_older_root(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, build = folder / "package", rootfs.build_tree
    shutil.copytree(GUEST_PACKAGE, package)

    def building(stage: Path, guest_package: Path, libraries: tuple[str, ...]) -> object:
        made = build(stage, guest_package, libraries)
        (package / "warm.py").write_text((package / "warm.py").read_text() + "\nMORE = 1\n")
        return made

    monkeypatch.setattr(rootfs, "build_tree", building)
    older = build_root(folder, package)
    monkeypatch.undo()
    assert ensure_root(folder, package).digest != older.digest


def test_cache_that_others_may_write_is_refused(folder: Path) -> None:
    folder.chmod(0o777)
    with pytest.raises(SandboxFailure, match="written by other users"):
        ensure_root(folder)


@pytest.mark.parametrize("name", ["guest/llmdas_sandbox/guest/guards.py", "guest/RestrictedPython/Guards.py"])
def test_guards_are_compared_by_content_at_every_use(copy: GuestRoot, folder: Path, name: str) -> None:
    before = (copy.path / name).read_bytes()
    spoil_content_but_not_time(copy.path / name)
    assert (ensure_root(folder).path / name).read_bytes() == before


def grown(folder: Path, number: int) -> GuestRoot:
    """A root of its own digest, and the only one of these that this process holds."""
    package = folder / f"package-{number}"
    shutil.copytree(GUEST_PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "warm.py").write_text((package / "warm.py").read_text() + f"\nMORE = {number}\n")
    return build_root(folder / "cache", package)


def let_go(root: GuestRoot) -> None:
    """As when the process that used it has ended."""
    os.close(rootfs._held.pop(root.path.parent))


def test_newest_roots_stay_and_never_does_one_go_that_is_in_use(folder: Path) -> None:
    used = grown(folder, 0)
    roots = [grown(folder, number) for number in range(1, 4)]
    assert [root.path.exists() for root in (used, *roots)] == [True] * 4, "this process holds them all"
    for age, root in enumerate((*reversed(roots), used)):
        os.utime(root.path.parent / "manifest.json", (1e9 - age, 1e9 - age))
    for root in roots:
        let_go(root)
    new = grown(folder, 4)
    assert [root.path.exists() for root in (used, *roots, new)] == [True, False, True, True, True]
    let_go(used)
    build_root(folder / "cache", folder / "package-4")
    assert [root.path.exists() for root in (used, *roots, new)] == [False, False, True, True, True]
    keys = {path.read_text() for path in (folder / "cache/guest/keys").iterdir()}
    assert keys == {root.digest for root in (*roots[1:], new)}


def test_lock_of_a_stranger_does_not_keep_a_root_from_being_used(copy: GuestRoot, folder: Path) -> None:
    let_go(copy)
    stranger = os.open(copy.path.parent, os.O_RDONLY)
    fcntl.flock(stranger, fcntl.LOCK_EX)
    inode = copy.path.stat().st_ino
    assert ensure_root(folder).path.stat().st_ino == inode
    os.close(stranger)


@pytest.mark.skipif(os.geteuid() != 0, reason="ONLY AS ROOT: a guest of another user must be able to enter the cache")
def test_cache_in_a_closed_folder_is_refused_as_root(folder: Path) -> None:
    (folder / "closed").mkdir(mode=0o700)
    with pytest.raises(SandboxFailure, match="cannot enter"):
        ensure_root(folder / "closed" / "cache")


@pytest.mark.skipif(os.geteuid() != 0, reason="ONLY AS ROOT: only root can give a file away")
def test_root_owned_by_another_user_is_rebuilt(copy: GuestRoot, folder: Path) -> None:
    victim = copy.path / "guest/llmdas_sandbox/frames.py"
    os.chown(victim, 12345, 12345)
    assert (ensure_root(folder).path / "guest/llmdas_sandbox/frames.py").stat().st_uid == 0


def test_place_of_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LLMDAS_CACHE", str(tmp_path / "own"))
    assert default_cache() == tmp_path / "own"
    monkeypatch.delenv("LLMDAS_CACHE")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_cache() == Path("/var/cache/llmdas")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert default_cache() == tmp_path / "xdg/llmdas"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_cache() == tmp_path / ".cache/llmdas"


def test_root_of_a_library_holds_its_companions_and_modules_that_replaced_themselves(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As torch does: modules put other objects in their places, and it looks for a helper program that must exist."""
    site, package = folder / "site", folder / "package"
    (site / "torch/backends").mkdir(parents=True)
    (site / "torchgen").mkdir()
    (site / "torchgen/__init__.py").touch()
    (site / "torch/__init__.py").write_text("import sys, torchgen, typing_extensions, torch._VF, torch.backends\n")
    (site / "torch/_VF.py").write_text("import sys, types\nsys.modules[__name__] = types.ModuleType(__name__)\n")
    (site / "torch/backends/__init__.py").write_text((site / "torch/_VF.py").read_text())
    shutil.copytree(GUEST_PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "warm.py").write_text(
        (package / "warm.py").read_text() + '\nLIBRARIES = {"torch": ("torch",)}\n_tensors = int\n'
    )
    monkeypatch.syspath_prepend(site)
    names = {entry.path: entry.size for entry in build_root(folder / "cache", package, ("torch",)).entries}
    assert {"guest/torch/_VF.py", "guest/torch/backends/__init__.py", "guest/typing_extensions.py"} < names.keys()
    assert "guest/torchgen/__init__.py" in names
    assert names["guest/torch/bin/torch_shm_manager"] == 0, "there, but no program"
    document = json.loads(next((folder / "cache/guest").glob("*/sbom.spdx.json")).read_text())
    assert {"torch", "torchgen", "typing_extensions"} < {package["name"] for package in document["packages"]}
