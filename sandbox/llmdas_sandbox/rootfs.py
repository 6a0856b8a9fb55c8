"""Finds, checks or builds the guest's root file system in the cache folder; see `rootfs_build` for what is in it.

CACHE/guest/<digest>/{root/, manifest.json}    a whole root; its name is the digest of all that enters a sandbox
CACHE/guest/keys/<key>                         digest for a set of inputs, so that the root is found without building
CACHE/guest/.build-*                           half-written; never taken for whole, removed when its builder is dead
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from llmdas_sandbox.failure import SandboxFailure
from llmdas_sandbox.rootfs_build import (
    FIXED_TIME,
    GUEST_PACKAGE,
    HERE,
    Entry,
    build_tree,
    digest_of,
    interpreter,
    package_folders,
)

_OURS = ("frames.py", "rootfs.py", "rootfs_build.py", "rootfs_trace.py")


@dataclass(frozen=True, slots=True)
class GuestRoot:
    """A whole, checked root.

    Attributes:
        path: the folder that becomes ``/`` of the guest.
        digest: hex SHA-256 over its manifest.
        entries: every file and folder in it.
    """

    path: Path
    digest: str
    entries: tuple[Entry, ...]


def default_cache() -> Path:
    """Return the cache folder: ``$LLMDAS_CACHE``, else as root ``/var/cache/llmdas``, else the user's own (XDG)."""
    if chosen := os.environ.get("LLMDAS_CACHE"):
        return Path(chosen).absolute()
    if os.geteuid() == 0:
        return Path("/var/cache/llmdas")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "llmdas"


def ensure_root(cache: Path | None = None, guest_package: Path = GUEST_PACKAGE) -> GuestRoot:
    """Return the root for this interpreter, these packages and this guest; build it when there is none that is whole.

    Args:
        cache: cache folder, `default_cache` when None.
        guest_package: folder that becomes ``llmdas_sandbox.guest``.

    Raises:
        SandboxFailure: the cache folder cannot be used, or the build failed.
    """
    folder = _own_folder((cache or default_cache()).absolute())
    key = folder / "keys" / _key(guest_package)
    with contextlib.suppress(OSError, _Unusable):
        return _load(folder / key.read_text().strip())
    return build_root(cache, guest_package)


def build_root(cache: Path | None = None, guest_package: Path = GUEST_PACKAGE) -> GuestRoot:
    """Build a root beside its final place and rename it there; several processes may do so at once.

    Raises:
        SandboxFailure: the cache folder cannot be used, or the build failed.
    """
    folder = _own_folder((cache or default_cache()).absolute())
    _sweep(folder)
    try:
        with _stage(folder) as stage:
            entries, sources = build_tree(stage, guest_package)
            digest = digest_of(entries)
            _write_manifest(stage, digest, entries, sources)
            root = _publish(stage, folder / digest)
        _remember(folder / "keys", _key(guest_package), digest)
    except OSError as error:
        raise SandboxFailure(
            f"The guest's root cannot be built in {folder}: {error}.", "Free space there or set LLMDAS_CACHE."
        ) from error
    return root


class _Unusable(Exception):
    """A root that is missing, half-written, changed or outdated."""


def _key(guest_package: Path) -> str:
    """Return a digest over all inputs of a build; versions, sizes and times stand for large files."""
    parts: list[object] = [sys.version, platform.machine(), _stamp(interpreter())]
    for name, path in sorted(package_folders().items()):
        marks = [_stamp(mark) for mark in (path / "__init__.py", path) if mark.exists()]
        parts.append([name, "" if "." in name else version(name), marks])
    ours = [HERE / name for name in _OURS] + sorted(guest_package.glob("*.py"))
    parts += [[path.name, hashlib.sha256(path.read_bytes()).hexdigest()] for path in ours]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _stamp(path: Path) -> list[object]:
    found = path.stat()
    return [str(path), found.st_size, found.st_mtime_ns]


def _own_folder(cache: Path) -> Path:
    """Make ``CACHE/guest`` and refuse a place that others could write to or that the guest's user could not enter."""
    folder = cache / "guest"
    remedy = "Set LLMDAS_CACHE to a folder of your own, such as /var/cache/llmdas."
    try:
        for path in (cache, folder, folder / "keys"):
            if not path.is_dir():
                path.mkdir(parents=True, exist_ok=True)
                path.chmod(0o755)
            found = path.stat()
            if found.st_uid not in (0, os.geteuid()) or found.st_mode & 0o022:
                raise SandboxFailure(f"The cache folder {path} can be written by other users.", remedy)
    except OSError as error:
        raise SandboxFailure(f"The cache folder {folder} cannot be used: {error}.", remedy) from error
    closed = [path for path in (folder, *folder.parents) if os.geteuid() == 0 and not path.stat().st_mode & 0o001]
    if closed:
        raise SandboxFailure(
            f"The cache folder {folder} lies in {closed[-1]}, which the guest's user cannot enter.", remedy
        )
    return folder


@contextlib.contextmanager
def _stage(folder: Path) -> Iterator[Path]:
    stage = Path(tempfile.mkdtemp(prefix=f".build-{os.getpid()}-", dir=folder))
    stage.chmod(0o755)
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what dead builders left."""
    for left in folder.glob(".build-*"):
        owner = left.name.split("-")[1]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(left, ignore_errors=True)


def _write_manifest(stage: Path, digest: str, entries: list[Entry], sources: list[str]) -> None:
    manifest = {
        "digest": digest,
        "entries": [asdict(entry) for entry in entries],
        "sources": [_stamp(Path(path)) for path in sources],
    }
    (stage / "manifest.json").write_text(json.dumps(manifest, indent=1))


def _publish(stage: Path, final: Path) -> GuestRoot:
    """Rename a whole build to its final place; one that another process put there first is as good, if whole."""
    for _ in range(3):
        try:
            stage.rename(final)
        except OSError:
            with contextlib.suppress(_Unusable):
                return _load(final, sources=False)
            broken = Path(tempfile.mkdtemp(prefix=f".build-{os.getpid()}-broken-", dir=final.parent))
            with contextlib.suppress(OSError):
                final.rename(broken / "root")
            shutil.rmtree(broken, ignore_errors=True)
        else:
            break
    try:
        return _load(final, sources=False)
    except _Unusable as error:
        raise SandboxFailure(
            f"The guest's root {final} is not as it was built: {error}.", f"Remove {final}."
        ) from error


def _remember(keys: Path, key: str, digest: str) -> None:
    handle, name = tempfile.mkstemp(prefix=".key-", dir=keys)
    with os.fdopen(handle, "w") as file:
        file.write(digest)
    Path(name).replace(keys / key)


def _load(folder: Path, *, sources: bool = True) -> GuestRoot:
    """Read a root's manifest and compare every entry with the tree, by type, mode, owner, size and time.

    Raises:
        _Unusable: something is missing, changed, added, owned by somebody else, or a library was upgraded since.
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
        entries = tuple(Entry(**entry) for entry in manifest["entries"])
        stamps = manifest["sources"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _Unusable(f"its manifest cannot be read ({error})") from error
    if digest_of(list(entries)) != folder.name:
        raise _Unusable("its manifest is not the one of this digest")
    if sources:
        _same_sources(stamps)
    _same_tree(folder / "root", entries)
    return GuestRoot(folder / "root", folder.name, entries)


def _same_sources(stamps: list[list[object]]) -> None:
    for stamp in stamps:
        try:
            current = _stamp(Path(str(stamp[0])))
        except OSError as error:
            raise _Unusable(f"{stamp[0]} is gone") from error
        if current != stamp:
            raise _Unusable(f"{stamp[0]} was upgraded")


def _same_tree(root: Path, entries: tuple[Entry, ...]) -> None:
    found = dict(_walk(str(root), ""))
    expected = {entry.path: entry for entry in entries}
    if found.keys() != expected.keys():
        odd = sorted(found.keys() ^ expected.keys())[0]
        raise _Unusable(f"{odd} is {'missing' if odd in expected else 'not of the build'}")
    for path, entry in expected.items():
        seen = found[path]
        kind = stat.S_ISREG(seen.st_mode) if entry.sha256 else stat.S_ISDIR(seen.st_mode)
        same = not entry.sha256 or (seen.st_size == entry.size and seen.st_mtime == FIXED_TIME)
        if not kind or not same or stat.S_IMODE(seen.st_mode) != entry.mode or seen.st_uid not in (0, os.geteuid()):
            raise _Unusable(f"{path} was changed")


def _walk(folder: str, prefix: str) -> Iterator[tuple[str, os.stat_result]]:
    try:
        with os.scandir(folder) as children:
            for child in children:
                yield prefix + child.name, child.stat(follow_symlinks=False)
                if child.is_dir(follow_symlinks=False):
                    yield from _walk(child.path, f"{prefix}{child.name}/")
    except OSError as error:
        raise _Unusable(str(error)) from error
