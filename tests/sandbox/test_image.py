"""The pinned base layer: only its digest is accepted, only plain files leave it, and a guest runs on it.

The layers here are made from the traced root, which takes a moment; `test_image_build` makes the real one.
"""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from llmdas_sandbox import SandboxFailure
from llmdas_sandbox.__main__ import main
from llmdas_sandbox.docker_image import write_layer
from llmdas_sandbox.rootfs import GuestRoot, ensure_root
from llmdas_sandbox.rootfs_image import PIN, chosen_layer, layer, pinned
from tests.sandbox.backends import make, public_folder, unusable, why_not

GUEST = "guest/llmdas_sandbox"


@pytest.fixture
def folder() -> Iterator[Path]:
    made = public_folder()
    yield made
    shutil.rmtree(made, ignore_errors=True)


def write(root: GuestRoot, file: Path) -> str:
    """The traced root without our guest code, as a layer; its digest."""
    entries = tuple(entry for entry in root.entries if not entry.path.startswith(GUEST))
    with file.open("wb") as target:
        return "sha256:" + write_layer(GuestRoot(root.path, "", entries), target)


@pytest.fixture(scope="module")
def common() -> Iterator[Path]:
    made = public_folder()
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def base(root: GuestRoot, common: Path) -> tuple[Path, str]:
    """A layer that no test changes."""
    return common / "base.tar", write(root, common / "base.tar")


@pytest.fixture(scope="module")
def made(base: tuple[Path, str], common: Path) -> GuestRoot:
    return ensure_root(common / "cache", base=layer(*base))


@pytest.fixture
def tiny(folder: Path) -> tuple[Path, str]:
    """A layer of one file, for what is refused before it matters what is inside."""
    file = folder / "tiny.tar"
    with tarfile.open(file, "w") as archive:
        member = tarfile.TarInfo("file")
        member.size = 3000
        archive.addfile(member, io.BytesIO(b"x" * 3000))
    return file, "sha256:" + digest_of(file)


def test_layer_with_its_pin_becomes_the_root_that_the_machine_itself_would_give(
    base: tuple[Path, str], made: GuestRoot, root: GuestRoot
) -> None:
    assert made.base == base[1]
    assert (made.digest, made.entries) == (root.digest, root.entries)


def test_found_root_needs_no_second_build(
    base: tuple[Path, str], made: GuestRoot, common: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llmdas_sandbox.rootfs.build_on_layer", None)
    assert ensure_root(common / "cache", base=layer(*base)) == made


@pytest.mark.parametrize("place", [0, 5000, -1])
def test_layer_with_one_other_byte_is_refused(tiny: tuple[Path, str], folder: Path, place: int) -> None:
    file, digest = tiny
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)
    with pytest.raises(SandboxFailure, match="none of the pinned") as caught:
        ensure_root(folder / "cache", base=layer(file, digest))
    assert digest in caught.value.problem
    assert not list((folder / "cache/guest").glob("[0-9a-f]*")), "nothing of it stays"


def test_layer_that_was_right_once_is_refused_when_it_changed(base: tuple[Path, str], folder: Path) -> None:
    file = folder / "own.tar"
    shutil.copyfile(base[0], file)
    ensure_root(folder / "cache", base=layer(file, base[1]))
    file.write_bytes(file.read_bytes() + b"\0")
    with pytest.raises(SandboxFailure, match="none of the pinned"):
        ensure_root(folder / "cache", base=layer(file, base[1]))


def test_layer_is_refused_without_a_pin_of_its_own(tiny: tuple[Path, str], folder: Path) -> None:
    with pytest.raises(SandboxFailure, match="none of the pinned") as caught:
        ensure_root(folder / "cache", base=layer(tiny[0]))
    assert all(pin in caught.value.problem for pin in pinned())


def test_shipped_pins_are_digests() -> None:
    assert set(json.loads(PIN.read_text())) == {"llmdas-guest-numpy", "llmdas-guest-numpy-scipy"}
    assert all(layer(Path("x"), pin).pins == (pin,) for pin in pinned())


@pytest.mark.parametrize("pin", ["sha256:abc", "a" * 64, "sha256:" + "A" * 64, "latest", "sha256:" + "a" * 64 + "\n"])
def test_pin_that_is_no_digest_is_refused(pin: str) -> None:
    with pytest.raises(SandboxFailure, match="64 hexadecimal digits"):
        layer(Path("x"), pin)


def test_layer_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(SandboxFailure, match=r"absent.tar cannot be read: No such file"):
        ensure_root(folder / "cache", base=layer(folder / "absent.tar"))


def test_environment_chooses_the_layer(
    base: tuple[Path, str], made: GuestRoot, common: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert chosen_layer() is None
    monkeypatch.setenv("LLMDAS_GUEST_IMAGE", str(base[0]))
    assert chosen_layer() == layer(base[0])
    monkeypatch.setenv("LLMDAS_GUEST_PIN", base[1])
    assert ensure_root(common / "cache") == made


def test_layer_that_lacks_a_library_is_refused(tiny: tuple[Path, str], folder: Path) -> None:
    with pytest.raises(SandboxFailure, match="carries no scipy"):
        ensure_root(folder / "cache", libraries=("scipy",), base=layer(*tiny))


def link(member: tarfile.TarInfo) -> None:
    member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"


def hard_link(member: tarfile.TarInfo) -> None:
    member.type, member.linkname = tarfile.LNKTYPE, "usr/bin/python3"


def device(member: tarfile.TarInfo) -> None:
    member.type, member.devmajor, member.devminor = tarfile.CHRTYPE, 1, 3


def setuid(member: tarfile.TarInfo) -> None:
    member.mode = 0o4755


def writable(member: tarfile.TarInfo) -> None:
    member.mode = 0o666


def outside(member: tarfile.TarInfo) -> None:
    member.name = "../outside"


def absolute(member: tarfile.TarInfo) -> None:
    member.name = "/absolute"


def of_a_user(member: tarfile.TarInfo) -> None:
    member.uid = 1000


@pytest.mark.parametrize("spoil", [link, hard_link, device, setuid, writable, outside, absolute, of_a_user])
def test_layer_with_anything_but_plain_files_of_root_is_refused_even_when_pinned(
    tiny: tuple[Path, str], folder: Path, spoil: Callable[[tarfile.TarInfo], None]
) -> None:
    member = tarfile.TarInfo("more")
    member.mode = 0o644
    spoil(member)
    with tarfile.open(tiny[0], "a") as archive:
        archive.addfile(member)
    with pytest.raises(SandboxFailure, match="plain files and folders of root's only"):
        ensure_root(folder / "cache", base=layer(tiny[0], "sha256:" + digest_of(tiny[0])))


def test_layer_as_an_engine_saves_it_is_taken(base: tuple[Path, str], made: GuestRoot, folder: Path) -> None:
    """Docker writes the type of a file into its mode, and folders with a slash."""
    with tarfile.open(base[0]) as given, tarfile.open(folder / "saved.tar", "w") as saved:
        for member in given:
            content = given.extractfile(member) if member.isreg() else None
            member.mode |= 0o100000 if member.isreg() else 0o040000
            saved.addfile(member, content)
    digest = "sha256:" + digest_of(folder / "saved.tar")
    assert ensure_root(folder / "cache", base=layer(folder / "saved.tar", digest)).digest == made.digest


def test_layer_that_names_a_file_twice_or_is_no_archive_is_refused(tiny: tuple[Path, str], folder: Path) -> None:
    with tarfile.open(tiny[0], "a") as archive:
        archive.addfile(tarfile.TarInfo("file"), io.BytesIO())
    for file, content in ((tiny[0], tiny[0].read_bytes()), (folder / "none.tar", b"no archive" * 100)):
        file.write_bytes(content)
        with pytest.raises(SandboxFailure, match="is not a layer of"):
            ensure_root(folder / "cache", base=layer(file, "sha256:" + digest_of(file)))


def test_guest_code_of_a_layer_gives_way_to_the_installed_package(root: GuestRoot, folder: Path) -> None:
    file = folder / "whole.tar"
    with file.open("wb") as target:
        digest = "sha256:" + write_layer(root, target)
    package = folder / "package"
    shutil.copytree(Path(__file__).parents[2] / "sandbox/llmdas_sandbox/guest", package)
    (package / "warm.py").write_text((package / "warm.py").read_text() + "\nMORE = 1\n")
    other = ensure_root(folder / "cache", package, base=layer(file, digest))
    assert other.digest != root.digest
    assert (other.path / GUEST / "guest/warm.py").read_text().endswith("MORE = 1\n")


@pytest.mark.parametrize("backend", [pytest.param(n, marks=getattr(pytest.mark, n)) for n in ("bubblewrap", "docker")])
def test_guest_runs_on_a_layer(backend: str, made: GuestRoot) -> None:
    if reason := why_not(backend, made):
        unusable(backend, reason)
    with make(backend, made) as sandbox:
        result = sandbox.run("def f(X):\n    return X + 1\n", function="f", arrays={"X": np.ones((2, 2))})
    assert result.fault is None
    assert np.array_equal(result.value, np.full((2, 2), 2.0))  # type: ignore[arg-type]
    assert result.guest == made.digest


def test_command_line_refuses_another_layer_in_one_sentence(
    base: tuple[Path, str],
    made: GuestRoot,
    common: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LLMDAS_CACHE", str(common / "cache"))
    assert main(["root", "--from", str(base[0])]) == 3
    assert "none of the pinned" in capsys.readouterr().err
    assert main(["root", "--from", str(base[0]), "--pin", base[1]]) == 0
    said = capsys.readouterr().out
    assert base[1] in said
    assert made.digest in said


def digest_of(file: Path) -> str:
    import hashlib

    return hashlib.sha256(file.read_bytes()).hexdigest()
