"""A run's folder: whole files or none, and an interrupted run is never taken for a finished one."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from llmdas.errors import RecordError
from llmdas.files import write_atomically
from llmdas.governance.run_folder import MANIFEST, RunFolder, read_manifest


def test_a_finished_run_reads_back(tmp_path):
    folder = RunFolder.create(tmp_path / "runs", "iforest")
    folder.write("a/b.txt", "text")
    folder.finish({"format": 1})
    manifest = read_manifest(folder.path)
    assert manifest["format"] == 1
    assert list(manifest["files"]) == ["a/b.txt"]


def test_two_runs_in_one_second_get_two_folders(tmp_path):
    paths = {RunFolder.create(tmp_path, "pca").path for _ in range(3)}
    assert len(paths) == 3


def test_a_run_without_manifest_was_interrupted(tmp_path):
    folder = RunFolder.create(tmp_path, "pca")
    folder.write("a.txt", "text")
    with pytest.raises(RecordError, match="was interrupted"):
        read_manifest(folder.path)


@pytest.mark.parametrize("harm", ["change", "remove"])
def test_a_changed_or_missing_file_is_noticed(tmp_path, harm):
    folder = RunFolder.create(tmp_path, "pca")
    target = folder.write("a.txt", "text")
    folder.finish({})
    target.write_text("other") if harm == "change" else target.unlink()
    with pytest.raises(RecordError, match=r"a\.txt is missing or was changed"):
        read_manifest(folder.path)


def test_a_place_that_is_a_file_is_told(tmp_path):
    (tmp_path / "runs").write_text("")
    with pytest.raises(RecordError, match="cannot be made"):
        RunFolder.create(tmp_path / "runs", "pca")


def test_kill_9_in_the_middle_leaves_the_old_file_or_the_new_one(tmp_path):
    target = tmp_path / "file.bin"
    target.write_bytes(b"old")
    code = """
        import sys, pathlib
        from llmdas.files import write_atomically
        target = pathlib.Path(sys.argv[1])
        print("go", flush=True)
        while True:
            write_atomically(target, b"new" * 2_000_000)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), str(target)], stdout=subprocess.PIPE, env=_environment()
    )
    assert process.stdout is not None
    process.stdout.readline()
    try:
        process.wait(0.2)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert target.read_bytes() in (b"old", b"new" * 2_000_000)


def test_a_full_disk_is_one_sentence_and_leaves_nothing_half_written(tmp_path):
    """On a real full file system: a tiny tmpfs in a mount namespace of the test's own."""
    if not shutil.which("unshare") or subprocess.run(["unshare", "-Urm", "true"], capture_output=True).returncode:
        pytest.skip("FULL DISK NOT TESTED: this machine forbids user and mount namespaces")
    code = """
        import pathlib, sys
        from llmdas.errors import RecordError
        from llmdas.governance.run_folder import RunFolder
        folder = RunFolder.create(pathlib.Path(sys.argv[1]), "pca")
        folder.write("small.txt", "fits")
        try:
            folder.write("large.bin", b"x" * 1_000_000)
        except RecordError as error:
            print(error)
        print(sorted(path.name for path in folder.path.rglob("*")))
    """
    script = tmp_path / "fill.py"
    script.write_text(textwrap.dedent(code))
    place = tmp_path / "small"
    place.mkdir()
    command = 'mount -t tmpfs -o size=64k tmpfs "$1" && exec "$2" "$3" "$1"'
    words = ["unshare", "-Urm", "sh", "-c", command, "sh", str(place), sys.executable, str(script)]
    done = subprocess.run(words, capture_output=True, text=True, env=_environment())
    assert done.returncode == 0, done.stderr
    assert "No space left on device" in done.stdout
    assert done.stdout.splitlines()[-1] == "['small.txt']"


def test_the_old_content_stays_when_the_new_cannot_be_written(tmp_path):
    target = tmp_path / "missing" / "x"
    (tmp_path / "missing").write_text("a file where a folder should be")
    with pytest.raises(OSError):
        write_atomically(target, b"new")
    with pytest.raises(RecordError, match="cannot be written"):
        RunFolder(target.parent).write("x", b"new")
    assert (tmp_path / "missing").read_text() == "a file where a folder should be"


def test_the_manifest_is_the_last_file(tmp_path):
    folder = RunFolder.create(tmp_path, "pca")
    folder.write("a.txt", "text")
    folder.finish({})
    assert MANIFEST not in read_manifest(folder.path)["files"]


def _environment() -> dict[str, str]:
    root = Path(__file__).resolve().parents[2]
    return {**os.environ, "PYTHONPATH": f"{root}:{root / 'sandbox'}"}
