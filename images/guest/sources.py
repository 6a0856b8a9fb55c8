"""Where the base layer's files come from: Debian packages and wheels, each compared with its locked SHA-256."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path

from llmdas_sandbox.sbom import UNKNOWN, Component

HERE = Path(__file__).resolve().parent
LOCK = HERE / "debian.lock"
REQUIREMENTS = HERE.parents[1] / "requirements" / "runtime.txt"
SUITE = "bookworm"
PYTHON = "3.11"
# With which resolving starts when the lock is renewed; what a guest loads decides which of their closure is locked.
FIRST = (f"python{PYTHON}-minimal", f"libpython{PYTHON}-stdlib", "libstdc++6", "libgcc-s1", "zlib1g", "libc6")
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "any")


class Failed(Exception):
    """The layer cannot be built; one sentence."""


@dataclass(frozen=True, slots=True)
class Deb:
    """A Debian package file; `paths` are its regular files, from the root of the system."""

    file: Path
    name: str
    version: str
    sha256: str
    paths: tuple[str, ...]
    licence: str

    @property
    def component(self) -> Component:
        """Return it as a part of the bill of materials."""
        purl = f"pkg:deb/debian/{self.name}@{self.version.replace(':', '%3A')}?arch=amd64&distro={SUITE}"
        return Component(self.name, self.version, UNKNOWN, purl, self.sha256, self.licence)

    def files(self) -> Iterator[tuple[tarfile.TarInfo, bytes | None]]:
        """Yield regular files with their content, and symbolic links."""
        with tarfile.open(fileobj=io.BytesIO(_data(self.file))) as archive:
            for member in archive:
                member.name = member.name.removeprefix("./")
                inside = ".." not in Path(member.name).parts and not member.name.startswith("/")
                if inside and (member.isreg() or member.issym()):
                    content = archive.extractfile(member) if member.isreg() else None
                    yield member, content.read() if content else None


@dataclass(frozen=True, slots=True)
class Wheel:
    """An unzipped wheel; `folders` are its packages and the folders of their shared objects, by name."""

    file: Path
    name: str
    version: str
    component: Component
    folders: dict[str, Path]
    licences: tuple[str, ...]


def collect_debs(work: Path, folder: Path | None, mirror: Sequence[str], *, renew: bool) -> list[Deb]:
    """Return the locked packages, in the lock's order; with `renew` all that were fetched.

    Raises:
        Failed: one is missing or is not the one that is locked, or they cannot be fetched.
    """
    locked = [] if renew else read_lock()
    if folder is None:
        folder = work / "debs"
        folder.mkdir()
        _fetch_debs(folder, [f"{name}={version}" for name, version, _ in locked] or list(FIRST), mirror)
    files = sorted(folder.glob("*.deb"))
    if renew:
        return [_read_deb(path) for path in files]
    by_hash = {_sha256(path): path for path in files}  # before anything looks into them
    for name, version, sha256 in locked:
        if sha256 not in by_hash:
            others = [path.name for path in files if path.name.startswith(f"{name}_")]
            raise Failed(
                f"The Debian package {name} must be {version}, sha256 {sha256}, but there is "
                f"{' and '.join(others) + ' of another hash' if others else 'none'}. "
                "Give a mirror that still has it (--mirror), its file (--debs), or renew the lock (--renew)."
            )
    return [_read_deb(by_hash[sha256]) for _, _, sha256 in locked]


def read_lock() -> list[tuple[str, str, str]]:
    """Return name, version and SHA-256 of each locked Debian package."""
    rows = [line.split() for line in LOCK.read_text().splitlines() if line and not line.startswith("#")]
    return [(name, version, sha256) for name, version, sha256 in rows]


def write_lock(packages: list[Deb]) -> None:
    """Write the packages that gave a file as the only ones that are accepted."""
    rows = [f"{deb.name} {deb.version} {deb.sha256}" for deb in packages]
    head = f"# Debian {SUITE}, amd64: package, version, SHA-256 of its file. Written by build.py --renew.\n"
    LOCK.write_text(head + "\n".join(sorted(rows)) + "\n")


def collect_wheels(names: tuple[str, ...], work: Path, folder: Path | None) -> list[Wheel]:
    """Return the unzipped wheels of these packages, each one of those that requirements/runtime.txt locks.

    Raises:
        Failed: a wheel is missing, or none of its locked hashes fits.
    """
    wheels = []
    for name in names:
        version, hashes = _locked(name)
        if folder is None:
            _fetch_wheel(f"{name}=={version}", work / "wheels")
        place = folder or work / "wheels"
        fitting = [path for path in sorted(place.glob("*.whl")) if _sha256(path) in hashes]
        fitting = [path for path in fitting if path.name.lower().startswith(f"{name.lower()}-")]
        if not fitting:
            raise Failed(f"There is no wheel of {name} {version} in {place} whose hash requirements/runtime.txt locks.")
        wheels.append(_unzip(fitting[0], name, work / "packages"))
    return wheels


def _fetch_debs(folder: Path, wanted: list[str], mirror: Sequence[str]) -> None:
    """Have mmdebstrap resolve and download; its signature checks are apt's."""
    if shutil.which("mmdebstrap") is None:
        raise Failed("mmdebstrap is not installed; install the package mmdebstrap, or give --debs.")
    tar = folder / "fetched.tar"
    command = ["mmdebstrap", "--quiet", "--variant=extract", "--architectures=amd64", "--format=tar"]
    command += ["--skip=cleanup/apt,output/dev", f"--include={','.join(wanted)}", SUITE, str(tar), *mirror]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 # our own words
    if done.returncode:
        said = next((line for line in done.stderr.splitlines() if line.startswith("E:")), done.stderr.strip()[-300:])
        raise Failed(
            f"mmdebstrap could not fetch the packages of debian.lock ({said}). "
            "Give a mirror that still has them (--mirror), their files (--debs), or renew the lock (--renew)."
        )
    with tarfile.open(tar) as archive:
        for member in archive:
            if re.fullmatch(r"\./var/cache/apt/archives/[^/]+\.deb", member.name) and (
                file := archive.extractfile(member)
            ):
                (folder / Path(member.name).name).write_bytes(file.read())
    tar.unlink()


def _fetch_wheel(requirement: str, folder: Path) -> None:
    platforms = [word for platform in PLATFORMS for word in ("--platform", platform)]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    command += ["--implementation", "cp", "--python-version", PYTHON, *platforms, "--dest", str(folder), requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 # our own words
    if done.returncode:
        raise Failed(f"pip could not fetch {requirement}: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")


def _locked(name: str) -> tuple[str, set[str]]:
    """Return version and hashes of a package for this image's Python."""
    text = REQUIREMENTS.read_text().replace("\\\n", " ")
    for line in text.splitlines():
        match = re.match(rf"(?i){re.escape(name)}==(\S+)(?: ; python_full_version (<|>=) '3\.12')?\s+--hash", line)
        if match and match[2] != ">=":
            return match[1], set(re.findall(r"--hash=sha256:([0-9a-f]{64})", line))
    raise Failed(f"requirements/runtime.txt locks no {name} for Python {PYTHON}.")


def _read_deb(path: Path) -> Deb:
    control = _dpkg("--field", path, "Package", "Version").decode()
    fields = dict(line.split(": ", 1) for line in control.splitlines())
    name, licence = fields["Package"], ""
    paths = []
    with tarfile.open(fileobj=io.BytesIO(_data(path))) as archive:
        for member in archive:
            if member.isreg():
                paths.append(member.name.removeprefix("./"))
            if (
                member.isreg()
                and member.name == f"./usr/share/doc/{name}/copyright"
                and (file := archive.extractfile(member))
            ):
                names = re.findall(r"(?m)^License: *(\S.*)$", file.read().decode("utf-8", "replace"))
                licence = f"Debian's copyright file names: {', '.join(sorted(set(names)))}" if names else ""
    return Deb(path, name, fields["Version"], _sha256(path), tuple(paths), licence)


def _data(path: Path) -> bytes:
    return _dpkg("--fsys-tarfile", path)


def _dpkg(option: str, path: Path, *more: str) -> bytes:
    return subprocess.run(["dpkg-deb", option, str(path), *more], capture_output=True, check=True).stdout  # noqa: S603, S607 # a file of Debian


def _unzip(path: Path, name: str, folder: Path) -> Wheel:
    place = folder / name
    with zipfile.ZipFile(path) as archive:
        archive.extractall(place)  # noqa: S202 # its hash is locked
    info = next(place.glob("*.dist-info"))
    facts = Parser().parsestr((info / "METADATA").read_text(encoding="utf-8"))
    licence = facts.get("License-Expression") or facts.get("License") or UNKNOWN
    licence = licence if len(licence) < 100 else UNKNOWN
    texts = sorted(found for found in info.rglob("*") if re.match(r"(?i)licen[cs]e|copying", found.name))
    component = Component(name, facts["Version"], licence, f"pkg:pypi/{name.lower()}@{facts['Version']}", _sha256(path))
    folders = {found.name: found for found in place.iterdir() if found.is_dir() and found != info}
    read = tuple(found.read_text(encoding="utf-8", errors="replace") for found in texts if found.is_file())
    return Wheel(path, name, facts["Version"], component, folders, read)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
