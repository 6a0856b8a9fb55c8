"""The image: one layer that is the guest's root, found again, and not believed when it is another."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterator
from typing import Any

import pytest

from llmdas_sandbox.docker_image import LABEL_GUEST, REPOSITORY, ensure_image, write_layer
from llmdas_sandbox.rootfs import GuestRoot
from tests.sandbox.backends import unusable, why_not


@pytest.fixture
def client(root: GuestRoot) -> Iterator[Any]:
    if reason := why_not("docker", root):
        unusable("docker", reason)
    from llmdas_sandbox.docker import connect

    opened = connect()
    yield opened
    opened.close()


def test_layer_is_the_same_for_the_same_root_and_holds_its_files(root: GuestRoot) -> None:
    first, second = io.BytesIO(), io.BytesIO()
    assert (
        write_layer(root, first)
        == write_layer(root, second)
        == hashlib.sha256(first.getvalue()).hexdigest()
        == write_layer(root)
    )
    first.seek(0)
    with tarfile.open(fileobj=first) as archive:
        members = archive.getmembers()
    assert {member.name for member in members} == {entry.path for entry in root.entries}
    assert {(member.uid, member.gid, member.uname) for member in members} == {(0, 0, "")}


@pytest.mark.docker
def test_image_is_imported_once_and_carries_the_digest(
    client: Any, root: GuestRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = ensure_image(client, root)
    attributes = client.api.inspect_image(image)
    assert attributes["Config"]["Labels"] == {LABEL_GUEST: root.digest}
    assert len(attributes["RootFS"]["Layers"]) == 1
    monkeypatch.setattr(type(client.api), "import_image", lambda *a, **k: pytest.fail("imported again"))
    assert ensure_image(client, root) == image


@pytest.mark.docker
@pytest.mark.parametrize("wrong", ["layer", "label", "both"])
def test_image_with_another_layer_or_label_is_replaced(client: Any, root: GuestRoot, wrong: str) -> None:
    good = client.api.inspect_image(ensure_image(client, root))
    tag, tar = root.digest[:32], io.BytesIO()
    if wrong == "label":
        write_layer(root, tar)
    else:
        with tarfile.open(fileobj=tar, mode="w") as archive:
            archive.addfile(tarfile.TarInfo("evil"))
    label = root.digest if wrong == "layer" else "0" * 64
    changes = [f"LABEL {LABEL_GUEST}={label}"]
    client.api.import_image_from_data(tar.getvalue(), repository=REPOSITORY, tag=tag, changes=changes)
    bad = client.api.inspect_image(f"{REPOSITORY}:{tag}")["Id"]
    try:
        assert bad != good["Id"]
        again = client.api.inspect_image(ensure_image(client, root))
        assert again["RootFS"]["Layers"] == good["RootFS"]["Layers"]
        assert again["Config"]["Labels"] == {LABEL_GUEST: root.digest}
    finally:
        client.api.remove_image(bad, force=True)
        client.api.prune_images({"label": LABEL_GUEST})


@pytest.mark.docker
def test_container_is_made_with_every_control(client: Any, root: GuestRoot) -> None:
    from llmdas_sandbox.docker import DockerSandbox
    from llmdas_sandbox.limits import Limits

    with DockerSandbox(root=root) as sandbox:
        guest = sandbox.launch("main", Limits(processes=5))
        try:
            found = client.api.inspect_container(guest._id)
        finally:
            guest.end()
    host = found["HostConfig"]
    assert (host["NetworkMode"], host["IpcMode"], host["ReadonlyRootfs"]) == ("none", "none", True)
    assert (host["CapDrop"], host["CapAdd"], host["Privileged"]) == (["ALL"], None, False)
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert (host["PidsLimit"], host["NanoCpus"]) == (5, 1_000_000_000)
    assert host["Memory"] == host["MemorySwap"] == (1 << 30) + (96 << 20)
    assert host["LogConfig"]["Type"] == "none"
    assert [(mount["Destination"], mount["RW"]) for mount in found["Mounts"]] == [("/channel", False)]
    assert found["Config"]["User"] == "65534:65534"
    assert not host["Devices"]
