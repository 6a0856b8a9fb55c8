"""The engine restarts, dies, is gone or may not be spoken to: one clear sentence, in time, and nothing left of ours."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from llmdas_sandbox import SandboxFailure, SandboxUnavailable
from llmdas_sandbox.docker import DockerSandbox
from llmdas_sandbox.engine import connect, engine_name, reap
from llmdas_sandbox.rootfs import GuestRoot
from tests.sandbox.census import census, eventually, left_folders, opened
from tests.sandbox.programs import arguments, request

pytestmark = pytest.mark.docker
SECONDS = 30.0


class Engine:
    """An engine of this test's own, in a network namespace of its own so that it leaves the machine's bridge alone."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.process = folder, None
        self.socket = folder / "socket"
        self.configuration: dict[str, object] = {}

    def start(self) -> None:
        places = {"data-root": "data", "exec-root": "run", "pidfile": "pid"}
        words = [f"--{name}={self.folder / place}" for name, place in places.items()]
        words += [
            "--shutdown-timeout=1",
            f"--host=unix://{self.socket}",
            "--bridge=none",
            "--iptables=false",
            "--ip6tables=false",
        ]
        configuration = self.folder / "configuration"
        configuration.write_text(json.dumps(self.configuration))
        for name in ("pid", "run/containerd/containerd.pid"):  # it believes them where nobody buries the dead
            (self.folder / name).unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["unshare", "-n", "dockerd", f"--config-file={configuration}", *words], stdout=log, stderr=log
            )
        if not eventually(self._answers, SECONDS):
            self.stop()
            pytest.skip(f"ENGINE RESTART NOT TESTED: no second engine starts here ({self._last_words()})")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(SECONDS)
            self.process = None

    def clear(self) -> None:
        """Remove what is left in it, and the processes that an engine that was killed left to themselves."""
        with contextlib.suppress(Exception):
            client = connect()
            for each in client.containers.list(all=True):
                each.remove(force=True)
            client.close()
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if f"{self.folder}/run/".encode() in (entry / "cmdline").read_bytes() and self._is_shim(entry):
                    os.kill(int(entry.name), signal.SIGKILL)

    def _is_shim(self, entry: Path) -> bool:
        return b"containerd-shim" in (entry / "cmdline").read_bytes().split(b"\0")[0]

    def _answers(self) -> bool:
        with contextlib.suppress(Exception):
            client = connect()
            client.close()
            return True
        return False

    def _last_words(self) -> str:
        return (self.folder / "log").read_text().strip().splitlines()[-1][:200]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    if os.geteuid() != 0 or not shutil.which("dockerd"):
        pytest.skip("ENGINE RESTART NOT TESTED: a second engine needs root and dockerd")
    folder = Path(tempfile.mkdtemp(prefix="llmdas-engine-"))
    made = Engine(folder)
    before = os.environ.get("DOCKER_HOST")
    os.environ["DOCKER_HOST"] = f"unix://{made.socket}"
    try:
        made.start()
        yield made
    finally:
        made.clear()
        made.stop()
        os.environ.pop("DOCKER_HOST")
        if before is not None:
            os.environ["DOCKER_HOST"] = before
        _remove(folder)
        gc.collect()  # exceptions that hold on to connections: the next module counts sockets


def _remove(folder: Path) -> None:
    for line in reversed(Path("/proc/self/mountinfo").read_text().splitlines()):
        place = line.split()[4]
        if place.startswith(f"{folder}/"):
            subprocess.run(["umount", "-l", place], check=False)
    shutil.rmtree(folder)


def containers() -> int:
    """Containers in the engine, of whomever, in any state."""
    client = connect()
    count = len(client.api.containers(all=True))
    client.close()
    return count


@pytest.mark.parametrize("level", ["fresh", "warm"])
def test_engine_that_restarts_between_runs_is_not_noticed(engine: Engine, root: GuestRoot, level: str) -> None:
    with opened("docker", level, root) as box:
        assert box.execute(request("return X")).fault is None
        engine.stop()
        engine.start()
        assert box.execute(request("return X")).fault is None
    assert containers() == 0


@pytest.mark.parametrize("level", ["fresh", "warm"])
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["restart", "crash"])
def test_engine_that_goes_in_the_middle_of_a_run(
    engine: Engine, root: GuestRoot, level: str, how: signal.Signals
) -> None:
    """The run may end in a fault or a failure with a sentence; the next one is whole, and nothing is left."""

    def interrupt(rows: np.ndarray) -> np.ndarray:
        engine.stop(how)
        engine.start()
        return rows.sum(axis=1)

    gc.collect()
    before = census()
    with opened("docker", level, root) as box:
        with contextlib.suppress(SandboxFailure):
            fault = box.execute(request("return model.predict_score(X)", given=arguments(interrupt))).fault
            assert fault is None or fault.kind == "killed"
        assert box.execute(request("return X")).fault is None
    gc.collect()  # exceptions that hold on to connections
    assert census()._replace(children=()) == before._replace(children=())  # one is the engine, a new one
    assert len(census().children) == len(before.children)
    assert containers() == 0


@pytest.mark.parametrize("level", ["fresh", "warm"])
def test_engine_that_is_gone_is_one_sentence_with_a_remedy_in_time(engine: Engine, root: GuestRoot, level: str) -> None:
    def stop(rows: np.ndarray) -> np.ndarray:
        engine.stop(signal.SIGKILL)
        return rows.sum(axis=1)

    gc.collect()
    before = census()
    box = opened("docker", level, root)
    started = time.monotonic()
    for given in (arguments(stop), arguments(), arguments()):
        with contextlib.suppress(SandboxFailure):
            box.execute(request("return model.predict_score(X)", given=given))
    with pytest.raises(SandboxFailure, match="engine does not answer") as caught:
        box.execute(request("return X", owner="another"))  # an idle guest goes on without an engine
    assert caught.value.remedy
    assert time.monotonic() - started < SECONDS
    with contextlib.suppress(SandboxFailure):
        box.close()
    assert left_folders() == set()
    assert len(census().children) == len(before.children) - 1, "one was the engine"
    with pytest.raises(SandboxUnavailable, match="no engine answers"):
        opened("docker", level, root)
    engine.start()
    opened("docker", level, root).close()
    assert containers() == 0, "what could not be removed then is removed by the next start"


def test_engine_that_this_user_may_not_speak_to_is_named_as_such(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("ONLY AS ROOT: this test becomes another user")
    import docker  # noqa: F401 # not to be looked for as that user

    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    reading, writing = os.pipe()
    with socket.socket(socket.AF_UNIX) as waiting:
        waiting.bind(str(folder / "socket"))
        (folder / "socket").chmod(0o660)
        waiting.listen()
        child = os.fork()
        if child == 0:
            said = "no failure"
            try:
                os.setgroups([])
                os.setresgid(4242, 4242, 4242)
                os.setresuid(4242, 4242, 4242)
                os.environ["DOCKER_HOST"] = f"unix://{folder}/socket"
                connect()
            except BaseException as error:
                said = str(error)
            os.write(writing, said.encode())
            os._exit(0)
        os.waitpid(child, 0)
    said = os.read(reading, 4096).decode()
    os.close(reading)
    os.close(writing)
    shutil.rmtree(folder)
    assert said == (
        f"docker: this user may not talk to the engine at unix://{folder}/socket."
        " Join the group docker, which is as good as being root, or use bubblewrap."
    )


def test_living_owners_and_reused_numbers_are_told_apart(root: GuestRoot, engine: Engine) -> None:
    """A container whose owner's number now belongs to another process is removed, that of a living owner is not."""
    from llmdas_sandbox.owner import LABEL_OWNER, me

    *rest, started = me().split("/")
    with opened("docker", "fresh", root) as box:
        assert isinstance(box, DockerSandbox)
        client = connect()
        try:
            made = [
                client.api.create_container(box.image, ["/x"], labels={LABEL_OWNER: "/".join((*rest, when))})["Id"]
                for when in (started, str(int(started) - 1))
            ]
            reap(client)
            left = [each["Id"] for each in client.api.containers(all=True)]
            assert left == made[:1]
            client.api.remove_container(made[0], force=True)
        finally:
            client.close()


def test_engine_is_another_when_its_default_runtime_or_a_runtimes_path_or_arguments_change(
    engine: Engine, root: GuestRoot
) -> None:
    """A check is remembered under this name, so that it is made again after daemon.json was changed."""
    runc = shutil.which("runc")
    settings: list[dict[str, object]] = [
        {"runtimes": {"one": {"path": runc}}},
        {"runtimes": {"one": {"path": runc, "runtimeArgs": ["--debug"]}}},
        {"runtimes": {"one": {"path": "/usr/bin/env"}}},
        {"runtimes": {"one": {"path": runc}}, "default-runtime": "one"},
    ]
    names = []
    try:
        for each in (*settings, settings[0]):
            engine.stop()
            engine.configuration = each
            engine.start()
            client = connect()
            names.append((engine_name(client.api.info(), "one"), engine_name(client.api.info(), "")))
            client.close()
    finally:
        engine.stop()
        engine.configuration = {}
        engine.start()
    named, default = zip(*names, strict=True)
    assert [each == named[0] for each in named] == [True, False, False, True, True]
    assert [each == default[0] for each in default] == [True, True, True, False, True]
    assert len(set(named)) == 3


def test_runtime_that_is_named_like_gvisor_and_is_another_program_is_refused(engine: Engine) -> None:
    try:
        engine.stop()
        engine.configuration = {"runtimes": {"runsc-false": {"path": "/usr/bin/env"}}}
        engine.start()
        with pytest.raises(SandboxUnavailable, match="runtime runsc-false is /usr/bin/env, not gVisor's runsc"):
            DockerSandbox(runtime="runsc-false")
    finally:
        engine.stop()
        engine.configuration = {}
        engine.start()
