"""Every container is removed: whoever is interrupted, whoever else removes meanwhile, whatever was not answered."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from llmdas_sandbox import Limits, SandboxFailure
from llmdas_sandbox.container import Container
from llmdas_sandbox.docker import DockerSandbox
from llmdas_sandbox.engine import LEFT, remove_left
from llmdas_sandbox.rootfs import GuestRoot
from llmdas_sandbox.warm import WarmSandbox
from tests.sandbox.backends import unusable, why_not
from tests.sandbox.census import census, eventually, left_folders, open_descriptors
from tests.sandbox.programs import request

pytestmark = pytest.mark.docker


@pytest.fixture
def box(root: GuestRoot) -> Iterator[DockerSandbox]:
    if reason := why_not("docker", root):
        unusable("docker", reason)
    before = set(census().containers)
    with DockerSandbox(root=root) as made:
        yield made
        LEFT.update(set(census().containers) - before)  # of a test that fails


def around(monkeypatch: pytest.MonkeyPatch, box: DockerSandbox, call: str, instead: Callable[..., Any]) -> None:
    """Put a function between this package and one call of the engine's client; its first argument is the real one."""
    real = getattr(box._client.api, call)
    monkeypatch.setattr(box._client.api, call, lambda *given, **named: instead(real, *given, **named))


def refusal(text: str) -> Exception:
    import docker.errors
    import requests

    answer = requests.Response()
    answer.status_code = 409
    return docker.errors.APIError("409 Client Error", response=answer, explanation=text)


def interrupted(*_: object, **__: object) -> Any:
    raise KeyboardInterrupt


def test_start_in_another_thread_leaves_a_removal_that_is_under_way_alone(
    monkeypatch: pytest.MonkeyPatch, box: DockerSandbox
) -> None:
    asked: list[str] = []

    def remove(real: Any, container: str, **named: Any) -> None:
        asked.append(container)
        if len(asked) == 1:
            remove_left(box._client.api)  # what every start does first
        real(container, **named)

    around(monkeypatch, box, "remove_container", remove)
    assert box.execute(request("return X")).fault is None
    assert len(asked) == 1


def test_removal_that_another_has_begun_is_a_removal(monkeypatch: pytest.MonkeyPatch, box: DockerSandbox) -> None:
    def remove(real: Any, container: str, **named: Any) -> None:
        real(container, **named)
        raise refusal(f"removal of container {container} is already in progress")

    around(monkeypatch, box, "remove_container", remove)
    assert box.execute(request("return X")).fault is None
    assert not LEFT


def test_removal_that_the_engine_refuses_is_a_failure_and_done_by_the_next_start(
    monkeypatch: pytest.MonkeyPatch, box: DockerSandbox
) -> None:
    refusals = [refusal("the container is in use")]

    def remove(real: Any, container: str, **named: Any) -> None:
        if refusals:
            raise refusals.pop()
        real(container, **named)

    around(monkeypatch, box, "remove_container", remove)
    with pytest.raises(SandboxFailure, match="could not be removed: the container is in use"):
        box.execute(request("return X"))
    assert len(census().containers) == 1
    assert box.execute(request("return X")).fault is None
    assert census().containers == ()
    assert not LEFT


@pytest.mark.parametrize("again", ["end", "start", "close"])
def test_container_whose_removal_was_interrupted_is_removed_the_next_time(
    monkeypatch: pytest.MonkeyPatch, box: DockerSandbox, again: str
) -> None:
    descriptors, folders = open_descriptors(), left_folders()
    guest = box.launch("main", Limits())
    with monkeypatch.context() as patch:
        patch.setattr("llmdas_sandbox.container.usage_of", interrupted)
        with pytest.raises(KeyboardInterrupt):
            guest.end()
    assert len(census().containers) == 1
    if again == "end":
        guest.end()
    elif again == "start":
        box.launch("main", Limits()).end()
    else:
        box.close()
    assert census().containers == ()
    assert (open_descriptors(), left_folders()) == (descriptors, folders)
    guest.end()
    assert not LEFT


def test_closing_again_removes_what_an_interrupted_close_left(
    monkeypatch: pytest.MonkeyPatch, box: DockerSandbox
) -> None:
    warm = WarmSandbox(box)
    assert warm.execute(request("return X")).fault is None
    with monkeypatch.context() as patch:
        patch.setattr("llmdas_sandbox.container.usage_of", interrupted)
        with pytest.raises(KeyboardInterrupt):
            warm.close()
    assert len(census().containers) == 1
    warm.close()
    assert census().containers == ()


def test_container_is_removed_when_its_making_was_interrupted_before_its_id_was_known(
    monkeypatch: pytest.MonkeyPatch, box: DockerSandbox
) -> None:
    def create(real: Any, *given: Any, **named: Any) -> None:
        real(*given, **named)
        raise KeyboardInterrupt

    before = left_folders()
    around(monkeypatch, box, "create_container", create)
    with pytest.raises(KeyboardInterrupt):
        box.launch("main", Limits())
    assert census().containers == ()
    assert left_folders() == before


def test_container_that_the_engine_makes_after_the_interrupt_is_removed(
    monkeypatch: pytest.MonkeyPatch, box: DockerSandbox
) -> None:
    making: list[threading.Timer] = []

    def create(real: Any, *given: Any, **named: Any) -> None:
        making.append(threading.Timer(0.2, real, given, named))
        making[0].start()
        raise KeyboardInterrupt

    around(monkeypatch, box, "create_container", create)
    with pytest.raises(KeyboardInterrupt):
        box.launch("main", Limits())
    making[0].join()
    assert census().containers == ()


def test_making_that_the_engine_refused_is_told_as_such(monkeypatch: pytest.MonkeyPatch, box: DockerSandbox) -> None:
    def create(real: Any, *given: Any, **named: Any) -> None:
        raise refusal("no room")

    around(monkeypatch, box, "create_container", create)
    with pytest.raises(SandboxFailure, match="could not be started: no room"):
        box.launch("main", Limits())
    assert not LEFT


def test_container_that_nobody_ended_is_removed_by_the_next_start(box: DockerSandbox) -> None:
    """An interrupt may come when a container is made and nobody holds it yet."""
    descriptors, folders = open_descriptors(), left_folders()
    container = Container(box._client)
    container.start(box._settings(["main", "/channel/in", "/channel/out"], Limits(), container.folder))
    assert len(census().containers) == 1
    del container
    gc.collect()
    assert (open_descriptors(), left_folders()) == (descriptors, folders)
    box.launch("main", Limits()).end()
    assert eventually(lambda: census().containers == ())
    assert not LEFT
