"""What is in a guest's root, however it was made: bills of materials, no shell, no package manager; two builds agree.

The real build needs mmdebstrap, dpkg-deb, pip and a Debian mirror that still has the locked versions.
"""

from __future__ import annotations

import filecmp
import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from llmdas_sandbox.docker_image import write_layer
from llmdas_sandbox.rootfs import GuestRoot, ensure_root
from llmdas_sandbox.rootfs_image import PIN, layer
from llmdas_sandbox.sbom import Component, source_of, write_sbom
from tests.sandbox.backends import public_folder

IMAGES = Path(__file__).parents[2] / "images" / "guest"
NAME = "llmdas-guest-numpy"
PROGRAMS = {
    "sh", "bash", "dash", "ash", "busybox", "env", "su", "sudo", "mount", "dpkg", "apt", "apt-get", "pip", "pip3",
    "perl", "tar", "ldconfig", "ld.so",
}  # fmt: skip


@functools.cache
def build(out: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(IMAGES / "build.py"), "--out", str(out), *words]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def built() -> Iterator[Path]:
    """The real layer, built twice: the second time from the files that the first one fetched."""
    if shutil.which("mmdebstrap") is None:
        pytest.skip("IMAGE NOT TESTED: mmdebstrap is not installed")
    folder = public_folder()
    done = build(folder / "one", "--keep", str(folder / "kept"))
    if done.returncode and "could not fetch" in done.stderr:
        shutil.rmtree(folder)
        pytest.skip(f"IMAGE NOT TESTED: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    yield folder
    shutil.rmtree(folder)


@pytest.mark.slow
def test_two_builds_are_equal_bit_for_bit(built: Path) -> None:
    kept = str(built / "kept")
    again = build(built / "two", "--debs", kept, "--wheels", kept)
    assert again.returncode == 0, again.stderr
    for suffix in ("tar", "spdx.json", "licences.txt"):
        assert filecmp.cmp(built / "one" / f"{NAME}.{suffix}", built / "two" / f"{NAME}.{suffix}", shallow=False)


@pytest.mark.slow
def test_layer_that_is_built_is_the_pinned_one(built: Path) -> None:
    digest = "sha256:" + hashlib.sha256((built / "one" / f"{NAME}.tar").read_bytes()).hexdigest()
    assert digest == json.loads(PIN.read_text())[NAME], "build.py --pin after a change to what the guest loads"


@pytest.mark.slow
def test_guest_starts_on_the_built_layer(built: Path) -> None:
    root = ensure_root(built / "cache", base=layer(built / "one" / f"{NAME}.tar"))
    assert root.base in json.loads(PIN.read_text()).values()
    assert (root.path / "guest/llmdas_sandbox/guest/__pycache__/main.cpython-311.pyc").is_file()


@pytest.mark.slow
def test_one_other_byte_in_a_package_is_refused(built: Path) -> None:
    changed = built / "changed"
    shutil.copytree(built / "kept", changed)
    victim = next(changed.glob("zlib1g_*.deb"))
    victim.write_bytes(victim.read_bytes()[:-1] + b"x")
    done = build(built / "three", "--debs", str(changed), "--wheels", str(changed))
    assert done.returncode == 1
    assert "The Debian package zlib1g must be" in done.stderr
    wheel = next(changed.glob("numpy-*.whl"))
    wheel.write_bytes(wheel.read_bytes() + b"x")
    done = build(built / "four", "--debs", str(built / "kept"), "--wheels", str(changed))
    assert "There is no wheel of numpy" in done.stderr


def layer_of_debian(request: pytest.FixtureRequest) -> tuple[Path, Path]:
    folder = request.getfixturevalue("built") / "one"
    return folder / f"{NAME}.tar", folder / f"{NAME}.spdx.json"


def layer_of_this_machine(request: pytest.FixtureRequest) -> tuple[Path, Path]:
    root: GuestRoot = request.getfixturevalue("root")
    file = request.getfixturevalue("tmp_path") / "traced.tar"
    with file.open("wb") as target:
        write_layer(root, target)
    return file, root.path.parent / "sbom.spdx.json"


@pytest.fixture(params=[layer_of_this_machine, pytest.param(layer_of_debian, marks=pytest.mark.slow)])
def image(request: pytest.FixtureRequest) -> tuple[Path, Path]:
    """A layer and its bill of materials."""
    make: Callable[[pytest.FixtureRequest], tuple[Path, Path]] = request.param
    return make(request)


def test_image_holds_no_shell_no_package_manager_no_setuid_file_and_one_program(image: tuple[Path, Path]) -> None:
    with tarfile.open(image[0]) as archive:
        members = archive.getmembers()
    assert all(member.isreg() or member.isdir() for member in members)
    assert {(member.uid, member.gid) for member in members} == {(0, 0)}
    assert {member.mode for member in members if member.isdir()} == {0o755}
    programs = {member.name for member in members if member.isreg() and member.mode & 0o111}
    assert len(programs) == 2
    assert "usr/bin/python3" in programs
    assert any(re.search(r"ld-linux[^/]*\.so\.\d$", name) for name in programs), "and the loader"
    assert {member.mode for member in members if member.isreg()} == {0o644, 0o755}
    names = {Path(member.name).name for member in members}
    assert not names & PROGRAMS
    assert not [
        m.name for m in members if re.search(r"(^|/)(dpkg|apt|pip|ensurepip|site-packages|locale|doc|man)(/|$)", m.name)
    ]


def test_every_module_of_the_image_is_compiled(image: tuple[Path, Path]) -> None:
    with tarfile.open(image[0]) as archive:
        names = set(archive.getnames())
    compiled = {source_of(name) for name in names if name.endswith(".pyc")}
    assert {name for name in names if name.endswith(".py")} == compiled


def test_bill_of_materials_names_every_file_with_its_digest_and_component(image: tuple[Path, Path]) -> None:
    document: dict[str, Any] = json.loads(image[1].read_text())
    assert (document["spdxVersion"], document["dataLicense"]) == ("SPDX-2.3", "CC0-1.0")
    listed = {
        f["fileName"].removeprefix("./"): {c["algorithm"]: c["checksumValue"] for c in f["checksums"]}
        for f in document["files"]
    }
    with tarfile.open(image[0]) as archive:
        for member in archive:
            if member.isreg():
                content = archive.extractfile(member)
                assert content is not None
                data = content.read()
                assert listed.pop(member.name) == {
                    "SHA1": hashlib.sha1(data).hexdigest(),
                    "SHA256": hashlib.sha256(data).hexdigest(),
                }
    assert not listed, "a file that the layer has not"
    packages = {package["SPDXID"]: package for package in document["packages"]}
    contained = [r["relatedSpdxElement"] for r in document["relationships"] if r["relationshipType"] == "CONTAINS"]
    assert sorted(contained) == sorted(f["SPDXID"] for f in document["files"]), "each file in one package"
    assert all(r["spdxElementId"] in packages for r in document["relationships"] if r["relationshipType"] == "CONTAINS")
    names = {package["name"]: package for package in packages.values()}
    assert names["numpy"]["licenseDeclared"].startswith("BSD-3-Clause")
    assert re.fullmatch(r"\d+\.\d+\.\d+", names["numpy"]["versionInfo"])


@pytest.mark.slow
def test_bill_of_materials_of_debian_s_layer_names_locked_packages_with_version_and_hash(built: Path) -> None:
    document = json.loads((built / "one" / f"{NAME}.spdx.json").read_text())
    locked = {tuple(row.split()) for row in (IMAGES / "debian.lock").read_text().splitlines() if row[0] != "#"}
    found = {
        (package["name"], package["versionInfo"], package["checksums"][0]["checksumValue"])
        for package in document["packages"]
        if package["externalRefs"][0]["referenceLocator"].startswith("pkg:deb/debian/")
    }
    assert found <= locked
    assert {"libc6", "python3.11-minimal"} < {name for name, _, _ in found}
    texts = (built / "one" / f"{NAME}.licences.txt").read_text()
    assert all(f"===== {name} " in texts for name in ("libc6", "numpy", "RestrictedPython"))


def test_bill_of_materials_refuses_a_file_without_a_component(root: GuestRoot, tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        write_sbom(tmp_path / "sbom.json", "x", root.path, root.entries, {"usr/bin/python3": Component("cpython")})


INSTRUCTIONS = [
    line.split(None, 1)
    for line in (IMAGES / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    if line and not line.startswith("#")
]


def test_dockerfile_takes_its_base_from_whoever_builds_and_invents_no_digest() -> None:
    arguments = [rest for word, rest in INSTRUCTIONS if word == "ARG"]
    assert arguments[0] == "BASE", "no default"
    assert [rest for word, rest in INSTRUCTIONS if word == "FROM"] == ["${BASE} AS build", "scratch"]
    assert "@sha256:<64 digits>" in (IMAGES / "Dockerfile").read_text()
    assert not re.search(r"sha256:[0-9a-f]{8}", (IMAGES / "Dockerfile").read_text())


def test_last_stage_of_the_dockerfile_has_no_root_no_shell_and_our_entry() -> None:
    from llmdas_sandbox.identity import NOBODY
    from llmdas_sandbox.rootfs_build import ENTRY, ENVIRONMENT, PYTHON, PYTHON_FLAGS

    last = INSTRUCTIONS[[word for word, _ in INSTRUCTIONS].index("FROM", 2) :]
    assert [word for word, _ in last] == ["FROM", "COPY", "USER", "ENV", "ENTRYPOINT"]
    facts = dict(last)
    assert facts["USER"] == f"{NOBODY}:{NOBODY}"
    assert json.loads(facts["ENTRYPOINT"]) == [PYTHON, *PYTHON_FLAGS, ENTRY]
    assert dict(word.split("=", 1) for word in facts["ENV"].split()) == ENVIRONMENT
    assert facts["COPY"] == "--from=build /out/ /"


def test_wheels_of_the_dockerfile_need_their_hashes() -> None:
    from llmdas_sandbox.rootfs_build import interpreter

    (run, *_) = [rest for word, rest in INSTRUCTIONS if word == "RUN"]
    assert {"--require-hashes", "--no-deps", "--only-binary"} <= set(run.split())
    wanted = subprocess.run(
        [str(interpreter()), str(IMAGES / "from_host.py"), "requirements", "scipy"],
        capture_output=True, text=True, check=True, cwd=IMAGES.parents[1], env=dict(os.environ, PYTHONPATH=""),
    ).stdout  # fmt: skip
    blocks = re.split(r"\n(?=\S)", wanted.strip())
    assert {block.split("==")[0] for block in blocks} == {"numpy", "restrictedpython", "scipy"}
    assert all("--hash=sha256:" in block for block in blocks)
