"""The local container engine: finding it, asking it, and removing what dead processes left in it."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmdas_sandbox.failure import SandboxFailure, SandboxUnavailable
from llmdas_sandbox.open import GVISOR
from llmdas_sandbox.owner import LABEL_OWNER, is_dead, reap_folders

if TYPE_CHECKING:
    from docker import APIClient, DockerClient

_API_SECONDS = 60
_CONFLICT = 409  # HTTP, RFC 9110 section 15.5.10
LEFT: set[str] = set()  # containers of this process that nobody removes: the engine was gone, or an interrupt came
_GVISOR_ARGUMENTS = " with the runtimeArgs --network=none --host-uds=open --host-fifo=open, and reload the engine"


def connect() -> DockerClient:
    """Return a client of the local engine.

    Raises:
        SandboxUnavailable: the SDK is missing, no engine answers, or it is on another machine.
    """
    try:
        import docker
        from docker.errors import DockerException
    except ImportError as error:
        raise SandboxUnavailable(
            "docker: the Python package docker is not installed.", "Install docker>=7.1."
        ) from error
    place = os.environ.get("DOCKER_HOST", "") or "unix:///var/run/docker.sock"
    if not place.startswith("unix://"):
        raise SandboxUnavailable(
            f"docker: the engine at {place} is on another machine, where the guest's channel cannot be mounted.",
            "Use an engine on this machine: unset DOCKER_HOST.",
        )
    try:
        return docker.from_env(timeout=_API_SECONDS)
    except DockerException as error:
        if Path(place.removeprefix("unix://")).is_socket() and not os.access(place.removeprefix("unix://"), os.W_OK):
            raise SandboxUnavailable(
                f"docker: this user may not talk to the engine at {place}.",
                "Join the group docker, which is as good as being root, or use bubblewrap.",
            ) from error
        raise SandboxUnavailable(
            f"docker: no engine answers at {place} ({_reason(error)}).", "Install docker.io and start its engine."
        ) from error


def reap(client: DockerClient) -> None:
    """Remove containers and folders whose owner, another process on this machine, is dead."""
    with engine_errors("The engine's containers could not be listed"):
        for found in client.api.containers(all=True, filters={"label": LABEL_OWNER}):
            if is_dead(found["Labels"].get(LABEL_OWNER, "")):
                with contextlib.suppress(Exception):  # another process may be removing it
                    remove(client.api, found["Id"])
    remove_left(client.api)
    reap_folders()


def remove_left(api: APIClient) -> None:
    """Remove what is in `LEFT`; no other process does while this one lives."""
    import docker.errors
    import requests.exceptions

    with contextlib.suppress(requests.exceptions.RequestException):  # no engine: next time, then
        for container in list(LEFT):
            with contextlib.suppress(docker.errors.APIError):
                remove(api, container)
                LEFT.discard(container)


def remove(api: APIClient, container: str) -> bool:
    """Remove a container by id or name; say whether there was one. One that somebody else is removing is removed.

    Raises:
        APIError: the engine refuses.
        RequestException: the engine does not answer.
    """
    import docker.errors

    try:
        api.remove_container(container, force=True, v=True)
    except docker.errors.NotFound:
        return False
    except docker.errors.APIError as error:
        if error.status_code != _CONFLICT or "already in progress" not in _reason(error):
            raise
    return True


def require_runtime(client: DockerClient, runtime: str) -> None:
    """Refuse a runtime that the engine does not know; an empty name is its own choice.

    A name that begins with ``runsc`` is taken for gVisor, so its program's must end so; that the kernel is another one
    is measured by the check (`controls`: own_kernel), not here.

    Raises:
        SandboxUnavailable: names those that it knows, or the program that is not gVisor's.
    """
    if not runtime:
        return
    with engine_errors("The engine could not be asked for its runtimes"):
        known = client.api.info().get("Runtimes") or {}
    remedy = f"Register {runtime} in the engine's daemon.json{_GVISOR_ARGUMENTS if runtime == GVISOR else ''}."
    if runtime not in known:
        raise SandboxUnavailable(
            f"docker: the engine has no runtime {runtime}; it has {', '.join(sorted(known))}.", remedy
        )
    program = str((known[runtime] or {}).get("path") or "")  # none where the engine knows it by its type
    if runtime.startswith(GVISOR) and program and not program.endswith(GVISOR):
        raise SandboxUnavailable(f"docker: the engine's runtime {runtime} is {program}, not gVisor's runsc.", remedy)


def engine_name(info: Mapping[str, Any], runtime: str) -> str:
    """Name the engine and what it does with a container of this runtime, from its answer to ``/info``.

    Another version, default runtime, security option, or path or argument of the runtime is another name.
    """
    carrier = runtime or str(info.get("DefaultRuntime"))
    parts = [info.get(name) for name in ("ID", "ServerVersion", "KernelVersion", "CgroupVersion", "SecurityOptions")]
    return json.dumps([*parts, runtime, carrier, (info.get("Runtimes") or {}).get(carrier)], sort_keys=True)


def maps_users(client: DockerClient) -> bool:
    """Tell whether the engine's containers have users of their own, mapped to a few subordinate numbers of the host.

    It is so with userns-remap and in rootless mode: no high number exists in a container, and nobody's is none of the
    host's (docs.docker.com/engine/security/userns-remap).
    """
    with engine_errors("The engine could not be asked for its security options"):
        found = client.api.info().get("SecurityOptions") or []
    return any(option.partition(",")[0] in ("name=userns", "name=rootless") for option in found)


class ImageGone(SandboxFailure):
    """The engine has no such image any more."""


@contextlib.contextmanager
def engine_errors(what: str) -> Iterator[None]:
    """Turn what the SDK raises into a failure with one sentence."""
    import docker.errors
    import requests.exceptions

    try:
        yield
    except docker.errors.ImageNotFound as error:
        raise ImageGone(f"{what}: {_reason(error)}.", "Run python -m llmdas_sandbox image.") from error
    except requests.exceptions.ConnectionError as error:
        raise SandboxFailure(f"{what}: the engine does not answer.", "Start it again, then run once more.") from error
    except (docker.errors.NotFound, docker.errors.APIError, requests.exceptions.RequestException) as error:
        if isinstance(error, docker.errors.NotFound) and "removed" in what:
            return
        raise SandboxFailure(f"{what}: {_reason(error)}.", "Look at the engine's log.") from error


def _reason(error: BaseException) -> str:
    text = getattr(error, "explanation", None) or str(error)
    return " ".join(str(text).split())[:300]
