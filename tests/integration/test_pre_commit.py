"""The hooks, tried by pre-commit itself: it clones this checkout, installs it into its own environment and runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "tests" / "programs"
# As it was before tests took settings away: pip has to reach its index as the user does.
ENVIRONMENT = dict(os.environ)
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_bytes())}


def run(*command: str | Path, cwd: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a command with pre-commit's cache at `home` and what lies in ``home/bin`` found first."""
    scripts = f"{home / 'bin'}{os.pathsep}{Path(sys.executable).parent}"
    names = {"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@t", "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@t"}
    hidden = {"GIT_CONFIG_GLOBAL": os.devnull, "PRE_COMMIT_HOME": str(home)}
    environment = ENVIRONMENT | names | hidden | {"PATH": f"{scripts}{os.pathsep}{ENVIRONMENT['PATH']}"}
    return subprocess.run(
        [*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True, timeout=800, check=False
    )


def git(*arguments: str | Path, cwd: Path) -> str:
    done = run("git", *arguments, cwd=cwd, home=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one good and one bad program, and Python that is no program."""
    made = tmp_path / "repository"
    (made / "generated").mkdir(parents=True)
    shutil.copy(PROGRAMS / "accept" / "early-returns.py", made / "generated" / "good.py")
    shutil.copy(PROGRAMS / "reject" / "import-os.py", made / "generated" / "bad.py")
    (made / "tool.py").write_text("import os\n\nprint(os.getcwd())\n")
    git("init", "--quiet", cwd=made)
    return made


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this checkout as it stands, committed."""
    if not ENVIRONMENT.get("CI"):
        pytest.skip("PRE-COMMIT NOT TESTED: it installs llmdas twice; set CI=true to run it")
    if not (ROOT / ".git").exists():
        pytest.skip("PRE-COMMIT NOT TESTED: this is no git checkout")
    made = tmp_path_factory.mktemp("checkout")
    listed = git("ls-files", "--cached", "--others", "--exclude-standard", "-z", cwd=ROOT)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, made / name)
    git("init", "--quiet", cwd=made)
    git("add", "--all", cwd=made)
    git("commit", "--quiet", "--message", "as it stands", cwd=made)
    return made


def test_both_hooks_are_run_in_one_process_on_python_files() -> None:
    assert HOOKS.keys() == {"llmdas-check", "llmdas-check-installed"}
    for hook in HOOKS.values():
        assert hook["entry"] == "llmdas check"
        assert hook["types"] == ["python"]
        assert hook["require_serial"] is True


@pytest.mark.slow
@pytest.mark.timeout(900)  # an environment with everything is installed
def test_try_repo_names_the_bad_program_and_not_the_good_one(repository: Path, checkout: Path, tmp_path: Path) -> None:
    git("add", "--all", cwd=repository)
    files = ["generated/good.py", "generated/bad.py"]
    command = ["pre-commit", "try-repo", str(checkout), "llmdas-check", "--color", "never", "--files", *files]
    done = run(*command, cwd=repository, home=tmp_path / "home")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "DAS201" in done.stdout
    assert "generated/bad.py" in done.stdout
    assert "generated/good.py:" not in done.stdout
    assert "exit code: 1" in done.stdout


@pytest.mark.slow
@pytest.mark.timeout(900)  # an environment with everything is installed
def test_a_commit_with_a_bad_program_is_refused(repository: Path, checkout: Path, tmp_path: Path) -> None:
    hook = {"id": "llmdas-check", "files": "^generated/"}
    configuration = {"repos": [{"repo": str(checkout), "rev": git("rev-parse", "HEAD", cwd=checkout), "hooks": [hook]}]}
    (repository / ".pre-commit-config.yaml").write_text(yaml.safe_dump(configuration))
    home = tmp_path / "home"
    assert run("pre-commit", "install", cwd=repository, home=home).returncode == 0
    commit = ["git", "commit", "--quiet", "--message"]
    git("add", "generated/good.py", "tool.py", ".pre-commit-config.yaml", cwd=repository)
    good = run(*commit, "good", cwd=repository, home=home)
    assert good.returncode == 0, good.stdout + good.stderr
    git("add", "generated/bad.py", cwd=repository)
    bad = run(*commit, "bad", cwd=repository, home=home)
    assert bad.returncode == 1
    assert "DAS201" in bad.stderr + bad.stdout
    assert git("ls-tree", "--name-only", "-r", "HEAD", cwd=repository).split() == [
        ".pre-commit-config.yaml", "generated/good.py", "tool.py"
    ]  # fmt: skip


def test_the_installed_hook_needs_no_environment_of_its_own(repository: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "llmdas").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m llmdas "$@"\n')
    (home / "bin" / "llmdas").chmod(0o755)
    hook = HOOKS["llmdas-check-installed"] | {"files": "^generated/"}
    (repository / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": [hook]}]}))
    git("add", "--all", cwd=repository)
    command = ["pre-commit", "run", "--color", "never", "--files"]
    program = run(*command, "generated/bad.py", "tool.py", cwd=repository, home=home)
    assert program.returncode == 1, program.stdout + program.stderr
    assert "generated/bad.py" in program.stdout
    assert "tool.py" not in program.stdout
    good = run(*command, "generated/good.py", cwd=repository, home=home)
    assert good.returncode == 0, good.stdout + good.stderr
