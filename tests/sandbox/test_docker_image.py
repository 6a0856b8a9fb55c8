"""The image: one layer that is the guest's root, found again, and not believed when it is another."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import itertools
import platform
import secrets
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from llmdas_sandbox import Limits
from llmdas_sandbox.docker_image import KEEP_IMAGES, LABEL_GUEST, ensure_image, write_layer
from llmdas_sandbox.engine import maps_users
from llmdas_sandbox.identity import NOBODY, guest_identity
from llmdas_sandbox.rootfs import GuestRoot
from llmdas_sandbox.rootfs_build import Entry
from llmdas_sandbox.system_calls import docker_profile
from tests.sandbox.backends import unusable, why_not
from tests.sandbox.programs import request


@pytest.fixture
def client(root: GuestRoot) -> Iterator[Any]:
    if reason := why_not("docker", root):
        unusable("docker", reason)
    from llmdas_sandbox.docker import connect

    opened = connect()
    yield opened
    opened.close()


@pytest.fixture
def repository(client: Any) -> Iterator[str]:
    """An image name of this test's own, so that it touches no image that another process may use."""
    import docker.errors

    name = f"llmdas-test-{secrets.token_hex(8)}"
    yield name
    for image in client.api.images(name=name):
        for tag in image["RepoTags"]:
            with contextlib.suppress(docker.errors.APIError):
                client.api.remove_image(tag, force=True)


@pytest.fixture
def small(tmp_path: Path) -> Callable[[], GuestRoot]:
    """Makes roots of one file, each with a digest that no other process has."""
    numbers = itertools.count()

    def make() -> GuestRoot:
        folder = tmp_path / str(next(numbers)) / "root"
        folder.mkdir(parents=True)
        content = secrets.token_bytes(16)
        (folder / "file").write_bytes(content)
        entry = Entry("file", 0o644, len(content), hashlib.sha256(content).hexdigest())
        return GuestRoot(folder, secrets.token_hex(32), (entry,))

    return make


def named(client: Any, repository: str) -> set[str]:
    return {image["Id"] for image in client.api.images(name=repository)}


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
    client: Any, repository: str, small: Callable[[], GuestRoot], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = small()
    image = ensure_image(client, root, repository)
    attributes = client.api.inspect_image(image)
    assert attributes["Config"]["Labels"] == {LABEL_GUEST: root.digest}
    assert len(attributes["RootFS"]["Layers"]) == 1
    monkeypatch.setattr(type(client.api), "import_image", lambda *a, **k: pytest.fail("imported again"))
    assert ensure_image(client, root, repository) == image


@pytest.mark.docker
@pytest.mark.parametrize("wrong", ["layer", "label", "both"])
def test_image_with_another_layer_or_label_is_replaced(
    client: Any, repository: str, small: Callable[[], GuestRoot], wrong: str
) -> None:
    root = small()
    good = client.api.inspect_image(ensure_image(client, root, repository))
    tag, tar = root.digest[:32], io.BytesIO()
    if wrong == "label":
        write_layer(root, tar)
    else:
        with tarfile.open(fileobj=tar, mode="w") as archive:
            archive.addfile(tarfile.TarInfo("evil"))
    label = root.digest if wrong == "layer" else "0" * 64
    changes = [f"LABEL {LABEL_GUEST}={label}"]
    client.api.import_image_from_data(tar.getvalue(), repository=repository, tag=tag, changes=changes)
    bad = client.api.inspect_image(f"{repository}:{tag}")["Id"]
    assert bad != good["Id"]
    again = client.api.inspect_image(ensure_image(client, root, repository))
    assert again["RootFS"]["Layers"] == good["RootFS"]["Layers"]
    assert again["Config"]["Labels"] == {LABEL_GUEST: root.digest}
    assert named(client, repository) == {again["Id"]}


@pytest.mark.docker
@pytest.mark.parametrize(
    "change",
    [
        'ENTRYPOINT ["/evil"]',
        'CMD ["/evil"]',
        "ENV LD_PRELOAD=/evil",
        'VOLUME ["/evil"]',
        "USER 0",
        'HEALTHCHECK CMD ["/evil"]',
    ],
)
def test_image_with_a_setting_that_ours_has_not_is_replaced(
    client: Any, repository: str, small: Callable[[], GuestRoot], change: str
) -> None:
    root, tar = small(), io.BytesIO()
    write_layer(root, tar)
    changes = [f"LABEL {LABEL_GUEST}={root.digest}", change]
    tag = root.digest[:32]
    client.api.import_image_from_data(tar.getvalue(), repository=repository, tag=tag, changes=changes)
    bad = client.api.inspect_image(f"{repository}:{tag}")
    again = client.api.inspect_image(ensure_image(client, root, repository))
    assert again["RootFS"] == bad["RootFS"]
    assert again["Config"] != bad["Config"]
    assert named(client, repository) == {again["Id"]}


@pytest.mark.docker
def test_newest_images_stay_and_those_with_a_container(
    client: Any, repository: str, small: Callable[[], GuestRoot], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    plain = type(client.api).images

    def in_order(api: Any, *rest: Any, **more: Any) -> Any:
        """The engine's times are whole seconds: tell those of this test apart by their order."""
        return [
            image | {"Created": made.index(image["Id"])} if image["Id"] in made else image
            for image in plain(api, *rest, **more)
        ]

    monkeypatch.setattr(type(client.api), "images", in_order)
    made.append(ensure_image(client, small(), repository))
    container = client.api.create_container(made[0], ["/file"])["Id"]
    try:
        for _ in range(KEEP_IMAGES + 1):
            made.append(ensure_image(client, small(), repository))
        assert named(client, repository) == {made[0], *made[-KEEP_IMAGES:]}
    finally:
        client.api.remove_container(container, force=True)
    made.append(ensure_image(client, small(), repository))
    assert named(client, repository) == set(made[-KEEP_IMAGES:])


@pytest.mark.docker
def test_images_of_another_name_are_left_alone(
    client: Any, repository: str, small: Callable[[], GuestRoot], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llmdas_sandbox.docker_image.KEEP_IMAGES", 1)
    other = ensure_image(client, small(), f"{repository}-other")
    try:
        ensure_image(client, small(), repository)
        assert named(client, f"{repository}-other") == {other}
    finally:
        client.api.remove_image(other, force=True)


@pytest.mark.docker
def test_run_goes_on_when_another_process_removed_the_image(
    client: Any, root: GuestRoot, repository: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from llmdas_sandbox.docker import DockerSandbox

    monkeypatch.setattr("llmdas_sandbox.docker.ensure_image", functools.partial(ensure_image, repository=repository))
    folder = tmp_path / "root"
    shutil.copytree(root.path, folder)
    own = GuestRoot(folder, secrets.token_hex(32), root.entries)  # its image has this test's name and label only
    with DockerSandbox(root=own) as sandbox:
        client.api.remove_image(sandbox.image, force=True)
        assert named(client, repository) == set()
        result = sandbox.execute(request("return X"))
        assert result.fault is None
        assert named(client, repository) == {sandbox.image}


@pytest.mark.docker
def test_container_is_made_with_every_control(client: Any, root: GuestRoot) -> None:
    from llmdas_sandbox.docker import DockerSandbox

    with DockerSandbox(root=root) as sandbox:
        guest = sandbox.launch("main", Limits(processes=5))
        try:
            found = client.api.inspect_container(guest._container._id)
        finally:
            guest.end()
    host = found["HostConfig"]
    assert (host["NetworkMode"], host["IpcMode"], host["ReadonlyRootfs"]) == ("none", "none", True)
    assert (host["CapDrop"], host["CapAdd"], host["Privileged"]) == (["ALL"], None, False)
    assert host["SecurityOpt"] == ["no-new-privileges:true", f"seccomp={docker_profile(platform.machine())}"]
    assert (host["PidsLimit"], host["NanoCpus"]) == (5, 1_000_000_000)
    assert host["Memory"] == host["MemorySwap"] == (1 << 30) + (96 << 20)
    assert host["LogConfig"]["Type"] == "none"
    assert [(mount["Destination"], mount["RW"]) for mount in found["Mounts"]] == [("/channel", False)]
    user = NOBODY if maps_users(client) else guest_identity()
    assert found["Config"]["User"] == f"{user}:{user}"
    assert not host["Devices"]
    assert not host["DeviceRequests"]
