"""Finds, checks or builds the guest's root file system in the cache folder; see `rootfs_build` for what is in it.

CACHE/guest/<digest>/{root/, manifest.json}    a whole root; its name is the digest of all that enters a sandbox
CACHE/guest/<digest>/sbom.spdx.json            its bill of materials (a pinned image has its own beside it)
CACHE/guest/keys/<key>                         digest for a set of inputs, so that the root is found without building
CACHE/guest/.build-*                           half-written; never taken for whole, removed when its builder is dead

A process that uses a root holds a shared lock (flock(2)) on its folder until it ends. After a build the roots that
nobody holds are removed, but for the most recently used.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import stat
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from llmdas_sandbox.failure import SandboxFailure
from llmdas_sandbox.owner import make_own, sweep, temporary
from llmdas_sandbox.rootfs_build import (
    FIXED_TIME,
    GUEST_PACKAGE,
    HERE,
    PACKAGES,
    Entry,
    build_tree,
    digest_of,
    interpreter,
    package_folders,
)
from llmdas_sandbox.rootfs_image import Layer, build_on_layer, chosen_layer
from llmdas_sandbox.sbom import components_of_host, write_sbom

KEEP_ROOTS = 3
_OURS = ("frames.py", "rootfs.py", "rootfs_build.py", "rootfs_image.py", "rootfs_trace.py")
_GUARDS = tuple(f"{PACKAGES}/{name}/" for name in ("llmdas_sandbox", "RestrictedPython"))  # hashed at every use
_BUILD, _KEY = ".build-", ".key-"
_held: dict[Path, int] = {}  # folder of a root that this process uses -> descriptor with the lock
_holding = threading.Lock()


@dataclass(frozen=True, slots=True)
class GuestRoot:
    """A whole, checked root.

    Attributes:
        path: the folder that becomes ``/`` of the guest.
        digest: hex SHA-256 over its manifest.
        entries: every file and folder in it.
        base: digest of the pinned layer below the guest code (``sha256:...``), empty when made from this machine.
    """

    path: Path
    digest: str
    entries: tuple[Entry, ...]
    base: str = ""


def default_cache() -> Path:
    """Return the cache folder: ``$LLMDAS_CACHE``, else as root ``/var/cache/llmdas``, else the user's own (XDG)."""
    if chosen := os.environ.get("LLMDAS_CACHE"):
        return Path(chosen).absolute()
    if os.geteuid() == 0:
        return Path("/var/cache/llmdas")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "llmdas"


def ensure_root(
    cache: Path | None = None,
    guest_package: Path = GUEST_PACKAGE,
    libraries: tuple[str, ...] = (),
    base: Layer | None = None,
) -> GuestRoot:
    """Return the root for this interpreter, these packages and this guest; build it when there is none that is whole.

    Args:
        cache: cache folder, `default_cache` when None.
        guest_package: folder that becomes ``llmdas_sandbox.guest``.
        libraries: what the root carries besides numpy, such as ``scipy``; a root of its own, kept beside the plain one.
        base: the pinned layer to build on instead of this machine's files; `chosen_layer` when None.

    Raises:
        SandboxFailure: the cache folder cannot be used, or the build failed.
    """
    folder = _own_folder((cache or default_cache()).absolute())
    base = base or chosen_layer()
    key = folder / "keys" / _key(guest_package, libraries, base)
    with contextlib.suppress(OSError, _Unusable):
        return _load(folder / key.read_text().strip())
    return build_root(cache, guest_package, libraries, base)


def build_root(
    cache: Path | None = None,
    guest_package: Path = GUEST_PACKAGE,
    libraries: tuple[str, ...] = (),
    base: Layer | None = None,
) -> GuestRoot:
    """Build a root beside its final place and rename it there; several processes may do so at once.

    Raises:
        SandboxFailure: the cache folder cannot be used, the layer is not a pinned one, or the build failed.
    """
    folder = _own_folder((cache or default_cache()).absolute())
    sweep(folder, _BUILD)
    sweep(folder / "keys", _KEY)
    try:
        key = _key(guest_package, libraries, base)
        with _stage(folder) as stage:
            entries, sources, layer = _filled(stage, guest_package, libraries, base)
            digest = digest_of(entries)
            _write_manifest(stage, digest, entries, sources, layer)
            root = _publish(stage, folder / digest)
        if key == _key(guest_package, libraries, base):  # inputs that changed meanwhile must not find this root
            _remember(folder / "keys", key, digest)
        _prune(folder, digest)
    except OSError as error:
        raise SandboxFailure(
            f"The guest's root cannot be built in {folder}: {error}.", "Free space there or set LLMDAS_CACHE."
        ) from error
    return root


class _Unusable(Exception):
    """A root that is missing, half-written, changed or outdated."""


def _filled(
    stage: Path, guest_package: Path, libraries: tuple[str, ...], base: Layer | None
) -> tuple[list[Entry], list[str], str]:
    """Fill the stage; return the root's entries, the machine's files in it, and the digest of the layer below."""
    if base is not None:
        entries, layer = build_on_layer(stage, guest_package, base, libraries)
        return entries, [], layer
    entries, sources = build_tree(stage, guest_package, libraries)
    name = f"llmdas-guest@{digest_of(entries)}"
    write_sbom(stage / "sbom.spdx.json", name, stage / "root", entries, components_of_host(entries))
    return entries, sources, ""


def _key(guest_package: Path, libraries: tuple[str, ...], base: Layer | None) -> str:
    """Return a digest over all inputs of a build; versions, sizes and times stand for large files."""
    if base is not None:
        parts: list[object] = [_stamp(base.file) if base.file.exists() else "", base.pins, libraries]
    else:
        parts = [sys.version, platform.machine(), _stamp(interpreter())]
        for name, path in sorted(package_folders(libraries).items()):
            marks = [_stamp(mark) for mark in (path / "__init__.py", path) if mark.exists()]
            parts.append([name, _version(name), marks])
    ours = [HERE / name for name in _OURS] + sorted(guest_package.glob("*.py"))
    parts += [[path.name, hashlib.sha256(path.read_bytes()).hexdigest()] for path in ours]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # a folder of shared objects, or a part of another package
        return ""


def _stamp(path: Path) -> list[object]:
    found = path.stat()
    return [str(path), found.st_size, found.st_mtime_ns]


def _own_folder(cache: Path) -> Path:
    """Make ``CACHE/guest`` and refuse a place that others could write to or that the guest's user could not enter."""
    folder = cache / "guest"
    make_own(folder / "keys")
    closed = [path for path in (folder, *folder.parents) if os.geteuid() == 0 and not path.stat().st_mode & 0o001]
    if closed:
        raise SandboxFailure(
            f"The cache folder {folder} lies in {closed[-1]}, which the guest's user cannot enter.",
            "Set LLMDAS_CACHE to a folder that every user may enter, such as /var/cache/llmdas.",
        )
    return folder


@contextlib.contextmanager
def _stage(folder: Path) -> Iterator[Path]:
    stage = Path(tempfile.mkdtemp(prefix=temporary(_BUILD), dir=folder))
    stage.chmod(0o755)
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _prune(folder: Path, digest: str) -> None:
    """Remove all roots but this one and the most recently used, `KEEP_ROOTS` in all, and those that are in use."""
    used: list[tuple[float, Path]] = []
    for path in folder.iterdir():
        if re.fullmatch("[0-9a-f]{64}", path.name) and path.name != digest:
            with contextlib.suppress(OSError):
                used.append(((path / "manifest.json").stat().st_mtime, path))
    for _, path in sorted(used, reverse=True)[KEEP_ROOTS - 1 :]:
        with contextlib.suppress(OSError):
            _remove_unused(path)
    for key in (folder / "keys").iterdir():
        with contextlib.suppress(OSError):
            if not key.name.startswith(".") and not (folder / key.read_text().strip()).exists():
                key.unlink()


def _remove_unused(path: Path) -> None:
    """Remove a root unless a process holds it; a half-removed one never stands under its digest.

    Raises:
        OSError: it is in use, or it cannot be removed.
    """
    lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _discard(path)
    finally:
        os.close(lock)


def _discard(path: Path) -> None:
    aside = Path(tempfile.mkdtemp(prefix=temporary(_BUILD), dir=path.parent))
    with contextlib.suppress(OSError):
        path.rename(aside / "root")
    shutil.rmtree(aside, ignore_errors=True)


def _write_manifest(stage: Path, digest: str, entries: list[Entry], sources: list[str], base: str) -> None:
    manifest = {
        "digest": digest,
        "base": base,
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
            _discard(final)
        else:
            break
    try:
        return _load(final, sources=False)
    except _Unusable as error:
        raise SandboxFailure(
            f"The guest's root {final} is not as it was built: {error}.", f"Remove {final}."
        ) from error


def _remember(keys: Path, key: str, digest: str) -> None:
    handle, name = tempfile.mkstemp(prefix=temporary(_KEY), dir=keys)
    with os.fdopen(handle, "w") as file:
        file.write(digest)
    Path(name).replace(keys / key)


def _load(folder: Path, *, sources: bool = True) -> GuestRoot:
    """Hold a root, read its manifest and compare every entry with the tree, by type, mode, owner, size and time.

    The guards, which are small, are also compared by content.

    Raises:
        _Unusable: something is missing, changed, added, owned by somebody else, or a library was upgraded since.
    """
    _hold(folder)
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
        entries = tuple(Entry(**entry) for entry in manifest["entries"])
        stamps, base = manifest["sources"], str(manifest["base"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _Unusable(f"its manifest cannot be read ({error})") from error
    if digest_of(list(entries)) != folder.name:
        raise _Unusable("its manifest is not the one of this digest")
    if sources:
        _same_sources(stamps)
    _same_tree(folder / "root", entries)
    _same_guards(folder / "root", entries)
    with contextlib.suppress(OSError):  # another user's root cannot be marked, and not be removed by us either
        os.utime(folder / "manifest.json")
    return GuestRoot(folder / "root", folder.name, entries, base)


def _hold(folder: Path) -> None:
    """Take the shared lock on a root's folder, once in a process; the kernel gives it back when the process ends.

    Raises:
        _Unusable: there is no such folder.
    """
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise _Unusable(f"it cannot be held ({error})") from error
    with _holding:
        old = _held.get(folder)
        if old is not None and os.path.samestat(os.fstat(lock), os.fstat(old)):
            old, lock = lock, old
        else:
            with contextlib.suppress(OSError):  # any user may lock it, and must not keep us from using it by that
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        _held[folder] = lock
        if old is not None:
            os.close(old)


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


def _same_guards(root: Path, entries: tuple[Entry, ...]) -> None:
    for entry in entries:
        if entry.sha256 and entry.path.startswith(_GUARDS):
            try:
                content = (root / entry.path).read_bytes()
            except OSError as error:
                raise _Unusable(str(error)) from error
            if hashlib.sha256(content).hexdigest() != entry.sha256:
                raise _Unusable(f"the content of {entry.path} was changed")


def _walk(folder: str, prefix: str) -> Iterator[tuple[str, os.stat_result]]:
    try:
        with os.scandir(folder) as children:
            for child in children:
                yield prefix + child.name, child.stat(follow_symlinks=False)
                if child.is_dir(follow_symlinks=False):
                    yield from _walk(child.path, f"{prefix}{child.name}/")
    except OSError as error:
        raise _Unusable(str(error)) from error
