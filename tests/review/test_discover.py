"""What the paths of a command line lead to: in order, once, never out of the folder, nothing opened that is no file."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmdas.errors import ConfigError
from llmdas.review.discover import discover, shown_path
from llmdas.review.outcome import STDIN

from .conftest import unprivileged


def made(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("")


def shown(*paths: str) -> list[str]:
    return [source.shown for source in discover(paths).sources]


def test_a_folder_is_searched_in_order_and_only_for_python(here):
    made("b.py", "a.py", "sub/deep/c.py", "sub/B.py", "notes.txt", "data.pyc", "script")
    assert shown(".") == ["a.py", "b.py", "sub/B.py", "sub/deep/c.py"]


def test_a_named_file_is_judged_whatever_its_suffix(here):
    made("program.txt", ".hidden/a.py")
    assert shown("program.txt", ".hidden/a.py") == [".hidden/a.py", "program.txt"]


def test_a_file_that_is_reached_in_several_ways_is_judged_once(here):
    made("sub/a.py")
    assert shown("sub/a.py", "./sub//a.py", "sub", ".", str(here / "sub/a.py"), "sub/../sub/a.py") == ["sub/a.py"]


def test_hidden_folders_caches_and_environments_are_passed_over_unless_named(here):
    made(".git/a.py", ".hidden/a.py", "__pycache__/a.py", "env/pyvenv.cfg", "env/lib/a.py", "kept.py", ".hidden.py")
    assert shown(".") == [".hidden.py", "kept.py"]
    assert shown("env") == ["env/lib/a.py"]
    assert shown(".hidden") == [".hidden/a.py"]


def test_links_that_stay_in_the_folder_are_judged_and_loops_end(here):
    made("sub/a.txt")
    Path("b.py").symlink_to("sub/a.txt")
    Path("sub/loop").symlink_to("..")
    Path("sub/self.py").symlink_to("self.py")
    found = discover(["."])
    assert [source.shown for source in found.sources] == ["b.py"]
    assert found.notes == ("The link 'sub/self.py' leads nowhere.",)


AWAY = "is a link that leads out of what was searched and was not followed; name it to have it judged"


def test_links_that_leave_the_folder_are_never_followed_and_could_not_be_judged(here):
    """An import follows them, so a review that passes them over in silence would call clean what nobody judged."""
    made("../outside/a.py", "kept.py")
    Path("away.py").symlink_to("../outside/a.py")
    Path("folder").symlink_to("../outside")
    Path("later.py").symlink_to("../outside/not-yet.py")
    Path("gone.py").symlink_to("nowhere")
    found = discover(["."])
    assert [source.shown for source in found.sources] == ["kept.py"]
    assert found.unread == tuple((name, AWAY) for name in ("away.py", "folder", "later.py"))
    assert found.notes == ("The link 'gone.py' leads nowhere.",)


def test_a_link_that_leaves_the_folder_is_judged_where_it_is_named_as_well(here):
    made("../outside/a.py", "../outside/b.py", "kept.py")
    Path("away.py").symlink_to("../outside/a.py")
    Path("folder").symlink_to("../outside")
    found = discover([".", "away.py", "./folder"])
    assert [source.shown for source in found.sources] == ["away.py", "folder/a.py", "folder/b.py", "kept.py"]
    assert found.unread == ()


def test_a_linked_folder_must_lead_to_where_the_search_goes(here):
    made(".hidden/a.py", "env/pyvenv.cfg", "env/lib/a.py", "sub/deep/a.py")
    Path("hidden").symlink_to(".hidden")
    Path("library").symlink_to("env/lib")
    Path("deep").symlink_to("sub/deep")
    Path(".link").symlink_to(".hidden")
    found = discover(["."])
    assert [source.shown for source in found.sources] == ["sub/deep/a.py"]
    assert found.unread == (("hidden", AWAY), ("library", AWAY))


def test_a_sibling_whose_name_begins_like_the_folder_is_outside(here):
    made("../project-two/a.py")
    Path("away.py").symlink_to("../project-two/a.py")
    found = discover(["."])
    assert (found.sources, found.unread) == ((), (("away.py", AWAY),))


def test_a_link_that_is_named_is_followed(here):
    made("../outside/a.py")
    Path("away.py").symlink_to("../outside/a.py")
    Path("folder").symlink_to("../outside")
    assert shown("away.py", "folder") == ["away.py", "folder/a.py"]


def test_a_path_through_a_link_and_back_is_the_file_that_the_system_opens(here):
    made("../other/sub/x.py", "../other/a.py", "a.py")
    Path("link").symlink_to("../other/sub")
    (source,) = discover(["link/../a.py"]).sources
    assert source.shown == "../other/a.py"
    assert source.path.samefile(here.parent / "other/a.py")


def test_a_folder_reached_through_a_link_has_relative_paths_all_the_same(here, monkeypatch):
    made("a.py")
    (here.parent / "alias").symlink_to(here)
    monkeypatch.chdir(here.parent / "alias")
    assert shown(str(here.parent / "alias/a.py")) == ["a.py"]


@pytest.mark.parametrize("path", ["nothing.py", "nothing/a.py", "a.py/b.py", "", "a\0b", "dangling.py"])
def test_a_path_that_leads_nowhere_is_a_usage_error(here, path):
    made("a.py")
    Path("dangling.py").symlink_to("nowhere")
    with pytest.raises(ConfigError, match="leads to no file"):
        discover(["a.py", path])


def test_a_pipe_or_device_that_is_named_is_a_usage_error_and_never_opened(here):
    os.mkfifo("pipe.py")  # opening it would wait for a writer for ever
    with pytest.raises(ConfigError, match="a pipe, neither a file nor a folder; it was not opened"):
        discover(["pipe.py"])
    with pytest.raises(ConfigError, match="a device"):
        discover(["/dev/zero"])


def test_a_pipe_or_socket_in_a_folder_could_not_be_judged(here):
    os.mkfifo("pipe.py")
    os.mkfifo("pipe.txt")
    made("a.py")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.py")
        found = discover(["."])
    assert [source.shown for source in found.sources] == ["a.py"]
    assert found.unread == (
        ("pipe.py", "is a pipe, not a file; it was not opened"),
        ("s.py", "is a socket, not a file; it was not opened"),
    )


def test_a_folder_that_cannot_be_listed_could_not_be_judged(here):
    made("locked/a.py", "b.py")
    Path("locked").chmod(0)
    try:
        with unprivileged():
            found = discover(["."])
            inside = discover(["locked/a.py"])
    finally:
        Path("locked").chmod(0o700)
    assert [source.shown for source in found.sources] == ["b.py"]
    assert found.unread == (("locked", "the folder cannot be listed: Permission denied"),)
    assert inside.unread == (("locked/a.py", "cannot be looked at: Permission denied"),)


def test_folders_deeper_than_any_recursion_are_searched(here):
    depth = 1100  # more than the recursion limit
    handles = [os.open(".", os.O_RDONLY)]
    for _ in range(depth):
        os.mkdir("d", dir_fd=handles[-1])
        handles.append(os.open("d", os.O_RDONLY, dir_fd=handles[-1]))
        os.close(handles.pop(-2))
    os.close(os.open("a.py", os.O_CREAT | os.O_WRONLY, dir_fd=handles[-1]))
    os.close(handles.pop())
    try:
        (source,) = discover(["."]).sources
    finally:
        subprocess.run(["rm", "-rf", "d"], check=True)  # pytest's own removal recurses
    assert source.shown == "d/" * depth + "a.py"


def test_an_empty_folder_is_said(here):
    Path("empty").mkdir()
    found = discover(["empty"])
    assert not found.sources
    assert found.notes == ("No Python file was found in 'empty'.",)
    assert found.whole
    made("a.py")
    assert not discover(["a.py"]).whole


def test_standard_input_is_judged_once_under_the_name_that_is_given(here):
    assert shown("-", "-") == [STDIN]
    (source,) = discover(["-"], stdin_name="sub/../not-there.py").sources
    assert (source.shown, source.path) == ("not-there.py", None)
    made("a.py")
    with pytest.raises(ConfigError, match="checked as well"):
        discover(["a.py", "-"], stdin_name="./a.py")
    with pytest.raises(ConfigError, match="not read"):
        discover(["a.py"], stdin_name="b.py")
    with pytest.raises(ConfigError, match="nothing to check"):
        discover([])


def test_odd_names_are_kept_apart_and_valid_text(here):
    names = [b"-x.py", b"a b.py", b"line\nfeed.py", b"\xff.py", b"\\xff.py", "\u00e9.py".encode()]
    for name in names:
        Path(os.fsdecode(name)).write_text("")
    found = shown(".")
    assert found == sorted(["-x.py", "a b.py", "line\nfeed.py", "\\xff.py", "\\\\xff.py", "\u00e9.py"])
    assert all(name.encode() for name in found)


@given(
    st.binary(min_size=1, max_size=20).filter(lambda raw: b"\0" not in raw and b"/" not in raw), st.binary(max_size=9)
)
def test_two_names_never_share_a_report(first, extra):
    second = first + extra.replace(b"/", b"").replace(b"\0", b"")
    names = {os.path.normpath(os.fsdecode(name)) for name in (first, second)}
    assert len({shown_path(os.fsdecode(name)) for name in (first, second)}) == len(names)
