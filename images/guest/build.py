"""Builds the guest's pinned base layer from Debian packages and wheels; bit-identical each time, no image hub.

    python images/guest/build.py --out FOLDER [--with scipy] [--debs FOLDER] [--wheels FOLDER] [--mirror LINE]...
                                 [--keep FOLDER] [--renew] [--pin]

1. The packages of `debian.lock` (name, version, SHA-256) come by mmdebstrap or from a folder; another byte is refused.
2. The wheels of requirements/runtime.txt come by pip or from a folder and are unzipped; pip never runs in the image.
3. A guest is loaded under Debian's interpreter, and only what it loads is copied (`rootfs_build.copy_tree`), compiled,
   given fixed times, owners and order.

FOLDER then holds NAME.tar (the layer), NAME.spdx.json (what is in it) and NAME.licences.txt. The guest's own code is
not in the layer: the package that uses it lays its own on top (`rootfs_image`).
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from sources import Deb, Failed, Wheel, collect_debs, collect_wheels, write_lock  # noqa: E402 # beside this file

from llmdas_sandbox import SandboxFailure  # noqa: E402
from llmdas_sandbox.docker_image import write_layer  # noqa: E402
from llmdas_sandbox.rootfs import GuestRoot  # noqa: E402
from llmdas_sandbox.rootfs_build import GUEST_PACKAGE, PACKAGES, Entry, Interpreter, copy_tree, settle  # noqa: E402
from llmdas_sandbox.rootfs_image import PIN  # noqa: E402
from llmdas_sandbox.sbom import Component, write_sbom  # noqa: E402

LIBRARIES = ("scipy",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to build.

    Attributes:
        out: folder for layer, bill of materials and licences.
        libraries: what the layer carries besides numpy and RestrictedPython.
        debs: folder with the Debian packages; mmdebstrap fetches them when None.
        wheels: folder with the wheels; pip fetches them when None.
        mirror: where mmdebstrap looks, its own default when empty.
        keep: folder that gets the packages and wheels which were used, for a later build without a network.
        renew: write the current versions into `debian.lock` instead of reading it.
    """

    out: Path
    libraries: tuple[str, ...] = ()
    debs: Path | None = None
    wheels: Path | None = None
    mirror: tuple[str, ...] = ()
    keep: Path | None = None
    renew: bool = False


def main() -> int:
    """Build one layer and print its digest; 0, or 1 with one sentence on standard error."""
    parser = argparse.ArgumentParser(description="Build the guest's base layer from Debian packages and wheels.")
    parser.add_argument("--out", type=Path, required=True, help="folder for layer, bill of materials, licences")
    parser.add_argument("--with", dest="libraries", choices=LIBRARIES, action="append", default=[])
    parser.add_argument("--debs", type=Path, help="folder with the Debian packages; mmdebstrap fetches them without")
    parser.add_argument("--wheels", type=Path, help="folder with the wheels; pip fetches them without")
    parser.add_argument("--mirror", action="append", default=[], help="sources.list line or address for mmdebstrap")
    parser.add_argument("--keep", type=Path, help="folder that gets the packages and wheels that were used")
    parser.add_argument("--renew", action="store_true", help="write the current versions into debian.lock")
    parser.add_argument("--pin", action="store_true", help="accept this layer, and no other of its name")
    given = parser.parse_args()
    wish = Wish(
        out=given.out,
        libraries=tuple(given.libraries),
        debs=given.debs,
        wheels=given.wheels,
        mirror=tuple(given.mirror),
        keep=given.keep,
        renew=given.renew,
    )
    try:
        digest = build(wish)
    except (Failed, SandboxFailure) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if given.pin:
        write_pin(name_of(wish.libraries), digest)
    sys.stdout.write(f"{digest}\n")
    return 0


def build(wish: Wish) -> str:
    """Write layer, bill of materials and licences; return the layer's digest.

    Raises:
        Failed: a package or wheel is missing or is not the one that is locked.
        SandboxFailure: the interpreter cannot load the guest.
    """
    out, name = wish.out, name_of(wish.libraries)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        packages = collect_debs(work, wish.debs, wish.mirror, renew=wish.renew)
        tree = unpack(packages, work / "tree")
        wheels = collect_wheels(("numpy", "RestrictedPython", *wish.libraries), work, wish.wheels)
        root, origins = fill(work / "stage", tree, wheels, wish.libraries)
        with (out / f"{name}.tar").open("wb") as file:
            digest = "sha256:" + write_layer(root, file)
        owners = owners_of(root.entries, origins, tree, packages, wheels)
        write_sbom(out / f"{name}.spdx.json", f"{name}@{digest}", root.path, root.entries, owners)
        used = set(owners.values())
        parts: list[Deb | Wheel] = [deb for deb in packages if deb.component in used]
        parts += [wheel for wheel in wheels if wheel.component in used]
        (out / f"{name}.licences.txt").write_text(licences(tree, parts), encoding="utf-8")
        if wish.keep:
            wish.keep.mkdir(parents=True, exist_ok=True)
            files: list[Path] = [deb.file for deb in packages]
            files += [wheel.file for wheel in wheels]
            for path in files:
                shutil.copy(path, wish.keep)
        if wish.renew:
            write_lock([deb for deb in packages if deb.component in used])
    return digest


def fill(stage: Path, tree: Path, wheels: list[Wheel], libraries: tuple[str, ...]) -> tuple[GuestRoot, dict[str, str]]:
    """Copy what a guest loads under the tree's interpreter, but for our own code; return the root and its origins."""
    stage.mkdir()
    python = Interpreter(next((tree / "usr/bin").glob("python3.[0-9][0-9]")), tree)
    folders = {top: path for wheel in wheels for top, path in wheel.folders.items()}
    origins = copy_tree(stage, GUEST_PACKAGE, python, folders, libraries)
    shutil.rmtree(stage / "root" / PACKAGES / "llmdas_sandbox")
    return GuestRoot(stage / "root", "", tuple(settle(stage / "root"))), origins


def name_of(libraries: tuple[str, ...]) -> str:
    """Return the name of a layer's files and of its pin."""
    return "-".join(("llmdas-guest", "numpy", *libraries))


def unpack(packages: list[Deb], tree: Path) -> Path:
    """Unpack files and links of the packages; a link from the root of the system is made to stay in the tree."""
    for deb in packages:
        for member, content in deb.files():
            place = tree / member.name
            place.parent.mkdir(parents=True, exist_ok=True)
            if member.issym():
                target = f"{tree}{member.linkname}" if member.linkname.startswith("/") else member.linkname
                place.symlink_to(target)
            elif content is not None:
                place.write_bytes(content)
                place.chmod(0o755 if member.mode & 0o100 else 0o644)
    return tree


def owners_of(
    entries: Sequence[Entry], origins: dict[str, str], tree: Path, packages: list[Deb], wheels: list[Wheel]
) -> dict[str, Component]:
    """Return which Debian package or wheel each file of the layer came from."""
    owners: dict[str, Component] = {}
    debs = {path: deb.component for deb in packages for path in deb.paths}
    tops = {top: wheel.component for wheel in wheels for top in wheel.folders}
    for entry in entries:
        origin = origins.get(entry.path)
        if entry.path.startswith(f"{PACKAGES}/") and entry.sha256:
            owners[entry.path] = tops[Path(entry.path).parts[1]]
        elif origin is not None:
            owners[entry.path] = debs[str(Path(origin).resolve().relative_to(tree.resolve()))]
    return owners


def licences(tree: Path, parts: Sequence[Deb | Wheel]) -> str:
    """Return the licence texts of everything that files were taken from."""
    texts = []
    for part in parts:
        path = tree / "usr/share/doc" / part.name / "copyright"
        found = part.licences if isinstance(part, Wheel) else ()
        if isinstance(part, Deb) and path.is_file():
            found = (path.read_text(encoding="utf-8", errors="replace"),)
        texts += [f"===== {part.name} {part.version} =====\n{text.strip()}\n\n" for text in found]
    return "".join(texts)


def write_pin(name: str, digest: str) -> None:
    """Note the layer's digest as the only one of its name that is accepted."""
    pins = json.loads(PIN.read_text()) if PIN.exists() else {}
    PIN.write_text(json.dumps({**pins, name: digest}, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    sys.exit(main())
