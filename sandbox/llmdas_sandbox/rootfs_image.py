"""A guest's root from a pinned base layer (`images/guest/build.py`) with this package's own guest code on top.

The layer is a tar archive: Debian's interpreter, numpy, RestrictedPython, nothing of this package. It is used only when
its SHA-256, which is what engines call the layer's digest, is a pinned one. The guest code comes from the installed
package, in place of any that the layer brings, is compiled by the layer's own interpreter, and both together give the
guest's digest.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from llmdas_sandbox.failure import SandboxFailure
from llmdas_sandbox.rootfs_build import (
    HERE,
    MOUNT_POINTS,
    PACKAGES,
    PYTHON,
    Entry,
    Interpreter,
    compile_modules,
    copy_guest,
    settle,
)

PIN = HERE / "image_pin.json"
IMAGE_VARIABLE, PIN_VARIABLE = "LLMDAS_GUEST_IMAGE", "LLMDAS_GUEST_PIN"
_DIGEST = re.compile("sha256:[0-9a-f]{64}")
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Layer:
    """A base layer's file and the digests of which it must have one (``sha256:`` and 64 hexadecimal digits)."""

    file: Path
    pins: tuple[str, ...]

    def checked(self) -> str:
        """Return the digest of the file.

        Raises:
            SandboxFailure: it cannot be read, or its digest is not pinned.
        """
        try:
            with self.file.open("rb") as file:
                digest = "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise SandboxFailure(
                f"The guest's image {self.file} cannot be read: {error.strerror}.",
                "Build it with images/guest/build.py.",
            ) from error
        if digest not in self.pins:
            raise SandboxFailure(
                f"The guest's image {self.file} is {digest}, which is none of the pinned {', '.join(self.pins)}.",
                f"Get the pinned one, or name this one by {PIN_VARIABLE} if it is yours.",
            )
        return digest


def layer(file: Path, pin: str = "") -> Layer:
    """Return a layer that must have this digest, or when empty one of those that this package pins.

    Raises:
        SandboxFailure: the pin is not a digest.
    """
    if pin and not _DIGEST.fullmatch(pin):
        raise SandboxFailure(f"The pin {pin!r} is not sha256: and 64 hexadecimal digits.", "Give the layer's digest.")
    return Layer(file.absolute(), (pin,) if pin else pinned())


def chosen_layer() -> Layer | None:
    """Return the layer that ``$LLMDAS_GUEST_IMAGE`` names, None when it names none.

    ``$LLMDAS_GUEST_PIN`` is the digest of a layer of one's own.

    Raises:
        SandboxFailure: the pin is not a digest.
    """
    file = os.environ.get(IMAGE_VARIABLE)
    return layer(Path(file), os.environ.get(PIN_VARIABLE, "")) if file else None


def pinned() -> tuple[str, ...]:
    """Return the digests of the layers that this package knows."""
    return tuple(json.loads(PIN.read_text()).values())


def build_on_layer(
    stage: Path, guest_package: Path, base: Layer, libraries: tuple[str, ...] = ()
) -> tuple[list[Entry], str]:
    """Fill ``stage/root`` from a layer and the guest code; return its entries and the layer's digest.

    Raises:
        SandboxFailure: the layer is not a pinned one, holds what a guest's root must not, or lacks a library.
        OSError: a file cannot be read or written.
    """
    root, digest = stage / "root", base.checked()
    root.mkdir(parents=True)
    with base.file.open("rb") as file:
        read = _Reader(file)
        _unpack(read, root, base.file)
        if read.digest() != digest:
            raise SandboxFailure(f"The guest's image {base.file} was changed while it was read.", "Try again.")
    for name in libraries:
        if not (root / PACKAGES / name).is_dir():
            raise SandboxFailure(
                f"The guest's image {base.file} carries no {name}.",
                f"Build one with images/guest/build.py --with {name}.",
            )
    for name in MOUNT_POINTS:
        (root / name).mkdir(exist_ok=True)
    shutil.rmtree(root / PACKAGES / "llmdas_sandbox", ignore_errors=True)
    modules = copy_guest(root / PACKAGES, guest_package)
    compile_modules(root, modules, Interpreter(root / PYTHON.lstrip("/"), root))
    return settle(root), digest


class _Reader:
    """A file that digests what is read from it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._sum = file, hashlib.sha256()

    def read(self, size: int) -> bytes:
        """Read and digest."""
        data = self._file.read(size)
        self._sum.update(data)
        return data

    def digest(self) -> str:
        """Return the digest of the whole file."""
        while self.read(_BLOCK):
            pass
        return "sha256:" + self._sum.hexdigest()


def _unpack(read: _Reader, root: Path, name: Path) -> None:
    """Unpack plain files and folders of root's, with plain modes, each once and inside."""
    try:
        with tarfile.open(fileobj=read, mode="r|") as archive:  # type: ignore[call-overload] # only read is needed
            for member in archive:
                _require_plain(member, name)
                place = root / member.name
                if member.isdir():
                    place.mkdir()
                    continue
                content = archive.extractfile(member)
                with place.open("xb") as file:
                    while content and (data := content.read(_BLOCK)):
                        file.write(data)
                place.chmod(stat.S_IMODE(member.mode))
    except (tarfile.TarError, FileExistsError, FileNotFoundError) as error:
        raise SandboxFailure(f"The guest's image {name} is not a layer of images/guest/build.py: {error}.") from error


def _require_plain(member: tarfile.TarInfo, name: Path) -> None:
    parts = member.name.split("/")
    inside = not {"", ".", ".."} & set(parts)
    mode = stat.S_IMODE(member.mode)  # engines put the type into the mode as well
    kind = (member.isdir() and mode == 0o755) or (member.isreg() and mode in (0o644, 0o755))
    if not (inside and kind and member.uid == member.gid == 0):
        raise SandboxFailure(
            f"The guest's image {name} holds {member.name!r} (mode {member.mode:o}, owner {member.uid}:{member.gid}),"
            " and a guest's root holds plain files and folders of root's only."
        )
