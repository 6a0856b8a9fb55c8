"""The guest's image: one layer, the guest's root file system, imported into the engine without an image hub."""

from __future__ import annotations

import contextlib
import hashlib
import tarfile
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from llmdas_sandbox.failure import SandboxFailure
from llmdas_sandbox.rootfs import GuestRoot
from llmdas_sandbox.rootfs_build import FIXED_TIME

if TYPE_CHECKING:
    from docker import DockerClient

REPOSITORY = "llmdas-guest"
LABEL_GUEST = "llmdas.guest"
LABEL_BASE = "llmdas.base"
KEEP_IMAGES = 3
_UNSET = ("Entrypoint", "Cmd", "Env", "Volumes", "User", "Healthcheck", "OnBuild", "Shell")  # an import sets none


def ensure_image(client: DockerClient, root: GuestRoot, repository: str = REPOSITORY) -> str:
    """Return the id of the image that holds exactly this root; import it when the engine has none.

    An image of that name with another label, another layer or a setting that would change a container, such as a
    variable or a volume, is not used but imported anew. After an import old images are removed, see `prune_images`.

    Args:
        client: the engine.
        root: what is in the image.
        repository: name of the image; images of other names are left alone.

    Raises:
        SandboxFailure: the engine does not take it, or what it holds afterwards is not what was sent.
    """
    import docker.errors
    import requests.exceptions

    name, layer = f"{repository}:{root.digest[:32]}", _layer(root)
    try:
        if (found := _find(client, name)) and _is_ours(found, root.digest, layer):
            return str(found["Id"])
        with tempfile.NamedTemporaryFile(suffix=".tar") as file:
            write_layer(root, file)
            file.flush()
            client.api.import_image(
                src=file.name,
                repository=name,  # with its tag, as docker import says it: Podman overlooks a tag beside it
                changes=[f"LABEL {name}={value}" for name, value in _labels(root).items()],
            )
        found = _find(client, name)
    except (docker.errors.APIError, requests.exceptions.RequestException, OSError) as error:
        raise SandboxFailure(
            f"The guest's image {name} could not be imported: {error}.", "Look at the engine's log."
        ) from error
    if found is None or not _is_ours(found, root.digest, layer):
        raise SandboxFailure(
            f"The engine's image {name} is not the one that was sent to it.", "Remove it and try again."
        )
    prune_images(client, repository, str(found["Id"]))
    return str(found["Id"])


def prune_images(client: DockerClient, repository: str, current: str) -> None:
    """Remove guest images but the `KEEP_IMAGES` newest, the current one among them, and those that have a container.

    An image that lost its name to a newer one with the same root goes too. A process that still uses a removed image
    imports it again (`DockerSandbox.launch`).
    """
    import docker.errors
    import requests.exceptions

    with contextlib.suppress(docker.errors.APIError, requests.exceptions.RequestException):  # next time, then
        taken = {container["ImageID"] for container in client.api.containers(all=True)} | {current}
        images = client.api.images(filters={"label": LABEL_GUEST})
        names = {image["Id"]: set(image["RepoTags"] or ()) - {"<none>:<none>"} for image in images}
        ours = [image for image in images if all(name.startswith(f"{repository}:") for name in names[image["Id"]])]
        named = sorted(
            (image for image in ours if names[image["Id"]]),
            key=lambda image: (image["Id"] == current, image["Created"]),
            reverse=True,
        )
        unnamed = [image for image in ours if not names[image["Id"]]]
        for image in (*named[KEEP_IMAGES:], *unnamed):
            if image["Id"] not in taken:
                with contextlib.suppress(docker.errors.APIError):  # a container was made since, or it is gone already
                    client.api.remove_image(image["Id"])


def write_layer(root: GuestRoot, file: IO[bytes] | None = None) -> str:
    """Write the root as a tar archive that is the same for the same root (or nowhere); return its SHA-256."""
    summed = _Summed(file)
    with tarfile.open(fileobj=summed, mode="w|", format=tarfile.GNU_FORMAT) as archive:  # type: ignore[call-overload] # only write is needed
        for entry in sorted(root.entries, key=lambda entry: entry.path):
            member = tarfile.TarInfo(entry.path)
            member.mode, member.mtime, member.size = entry.mode, FIXED_TIME, entry.size
            if entry.sha256:
                with (root.path / entry.path).open("rb") as content:
                    archive.addfile(member, content)
            else:
                member.type = tarfile.DIRTYPE
                archive.addfile(member)
    return summed.digest.hexdigest()


class _Summed:
    """A file that digests what is written to it."""

    def __init__(self, file: IO[bytes] | None) -> None:
        self.file, self.digest = file, hashlib.sha256()

    def write(self, data: bytes) -> int:
        """Write and digest."""
        self.digest.update(data)
        return self.file.write(data) if self.file else len(data)


def _labels(root: GuestRoot) -> dict[str, str]:
    return {LABEL_GUEST: root.digest} | ({LABEL_BASE: root.base} if root.base else {})


def _layer(root: GuestRoot) -> str:
    """Return the digest that the engine must give the layer; kept beside the root, for it takes a while to compute."""
    note = root.path.parent / "layer"
    try:
        return note.read_text()
    except OSError:
        digest = "sha256:" + write_layer(root)
        _note(note, digest)
        return digest


def _note(path: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        file.write(text)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)


def _find(client: DockerClient, name: str) -> dict[str, Any] | None:
    import docker.errors

    try:
        found: dict[str, Any] = client.api.inspect_image(name)  # type: ignore[no-untyped-call] # the stubs lack it
    except docker.errors.ImageNotFound:
        return None
    return found


def _is_ours(image: dict[str, Any], digest: str, layer: str) -> bool:
    config = image.get("Config") or {}
    labelled = (config.get("Labels") or {}).get(LABEL_GUEST) == digest
    return labelled and (image.get("RootFS") or {}).get("Layers") == [layer] and not any(map(config.get, _UNSET))
