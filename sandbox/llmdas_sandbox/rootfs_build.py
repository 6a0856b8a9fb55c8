"""Builds a guest's root file system: exactly the files that a warmed guest loads, and nothing else.

A fresh interpreter loads everything once and names the files (`rootfs_trace`); they are copied into a new tree,
compiled and listed. So there is no shell, no second program, no setuid file and no module that a guest does not need.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmdas_sandbox.failure import SandboxFailure

HERE = Path(__file__).resolve().parent
GUEST_PACKAGE = HERE / "guest"
PACKAGES = "guest"  # folder in the root that holds numpy, RestrictedPython, llmdas_sandbox and further libraries
PYTHON = "/usr/bin/python3"
PYTHON_FLAGS = ("-s", "-S", "-P", "-B", "-X", "utf8")  # -I but for -E, which would ignore PYTHONHASHSEED
ENTRY = f"/{PACKAGES}/llmdas_sandbox/guest/__main__.py"
ENVIRONMENT = {
    "LD_LIBRARY_PATH": "/lib",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",  # sets of text iterate alike in every run
    "LC_ALL": "C.UTF-8",
}
MOUNT_POINTS = ("channel", "dev", "proc", "sys", "tmp")
FIXED_TIME = 315_532_800  # 1980-01-01; a file with another time was changed after the build
_COMPILE = """
import importlib.util, py_compile, sys
root = sys.argv[1]
for path in sys.stdin.read().split("\\n"):
    py_compile.compile(root + path, importlib.util.cache_from_source(root + path), path, doraise=True,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file or folder of a root: path from the root, permission bits, size and SHA-256 (empty for a folder)."""

    path: str
    mode: int
    size: int
    sha256: str


def interpreter() -> Path:
    """Return the interpreter behind any virtual environment."""
    return Path(os.path.realpath(getattr(sys, "_base_executable", sys.executable)))


def package_folders(libraries: tuple[str, ...] = ()) -> dict[str, Path]:
    """Return the installed packages that enter a root, by name, the folders of their shared objects included.

    Raises:
        SandboxFailure: one is not installed.
    """
    found = {}
    for name in ("numpy", "RestrictedPython", *libraries):
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise SandboxFailure(f"The package {name} is not installed.", "Install llmdas with its dependencies.")
        found[name] = Path(spec.origin).parent
    for name, folder in list(found.items()):
        objects = folder.parent / f"{name}.libs"
        if objects.is_dir():
            found[objects.name] = objects
    return found


def build_tree(stage: Path, guest_package: Path, libraries: tuple[str, ...] = ()) -> tuple[list[Entry], list[str]]:
    """Fill ``stage/root`` and return its entries and the system files that were copied into it.

    Raises:
        SandboxFailure: the interpreter cannot load the guest or compile it.
        OSError: a file cannot be read or written.
    """
    root, packages = stage / "root", stage / "packages"
    root.mkdir(parents=True)
    _stage_packages(packages, guest_package, libraries)
    account = _trace(packages, libraries)
    sources = _copy_loaded(root, packages, account)
    for name in MOUNT_POINTS:
        (root / name).mkdir(exist_ok=True)
    _compile(root)
    shutil.rmtree(packages)
    return _settle(root), sources


def digest_of(entries: list[Entry]) -> str:
    """Return the SHA-256 over the sorted (path, mode, file digest): the name of all that enters a sandbox."""
    lines = (f"{entry.path}\0{entry.mode:o}\0{entry.sha256}\n" for entry in sorted(entries, key=lambda e: e.path))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _stage_packages(packages: Path, guest_package: Path, libraries: tuple[str, ...]) -> None:
    packages.mkdir()
    for name, folder in package_folders(libraries).items():
        (packages / name).symlink_to(folder)
    ours = packages / "llmdas_sandbox"
    ours.mkdir()
    (ours / "__init__.py").touch()
    shutil.copyfile(HERE / "frames.py", ours / "frames.py")
    shutil.copytree(guest_package, ours / "guest", ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))


def _trace(packages: Path, libraries: tuple[str, ...]) -> dict[str, Any]:
    answer = _python(HERE / "rootfs_trace.py", str(packages), *libraries)
    account: dict[str, Any] = json.loads(answer)
    return account


def _python(*arguments: str | Path, text: str = "") -> str:
    environment = dict(ENVIRONMENT, LD_LIBRARY_PATH=os.environ.get("LD_LIBRARY_PATH", ""))
    command = [str(interpreter()), *PYTHON_FLAGS, *map(str, arguments)]
    done = subprocess.run(command, input=text, env=environment, capture_output=True, text=True, check=False, cwd="/")  # noqa: S603 # our own interpreter and files
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise SandboxFailure(f"The guest's root cannot be built: {interpreter()} says: {last}")
    return done.stdout


def _copy_loaded(root: Path, packages: Path, account: dict[str, Any]) -> list[str]:
    """Copy modules, shared objects, interpreter and loader; return the system's files among them."""
    library = root / "usr" / account["library_folder"] / account["version"]
    (library / "lib-dynload").mkdir(parents=True)  # by this folder the interpreter finds itself
    modules = set(account["modules"])
    for path in modules:
        _copy(path, _place_of_module(path, root, packages, library, account["standard_library"]))
    loader = loader_of(interpreter())
    system = [path for path in account["objects"] if path not in modules and not path.startswith(f"{packages}/")]
    for path in set(account["objects"]) - modules - set(system):
        _copy(path, root / PACKAGES / os.path.relpath(path, packages))
    for path in system:
        if path != loader:
            _copy(path, root / "lib" / os.path.basename(path))  # noqa: PTH119 # a text path from the loader
    _copy(loader, root / loader.lstrip("/"), executable=True)
    _copy(str(interpreter()), root / PYTHON.lstrip("/"), executable=True)
    return sorted({*system, loader, str(interpreter())})


def _place_of_module(path: str, root: Path, packages: Path, library: Path, standard_library: str) -> Path:
    if path.startswith(f"{packages}/"):
        return root / PACKAGES / os.path.relpath(path, packages)
    if path.startswith(f"{standard_library}/"):
        return library / os.path.relpath(path, standard_library)
    if path.endswith(".so"):
        return library / "lib-dynload" / Path(path).name
    raise SandboxFailure(f"The guest loaded {path}, which belongs neither to the standard library nor to its packages.")


def _copy(source: str, target: Path, *, executable: bool = False) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o755 if executable else 0o644)


def _compile(root: Path) -> None:
    """Compile every module in one fresh interpreter, in sorted order: the same sources give the same bytes."""
    paths = sorted("/" + str(path.relative_to(root)) for path in root.rglob("*.py"))
    _python("-c", _COMPILE, str(root), text="\n".join(paths))


def _settle(root: Path) -> list[Entry]:
    """Give every file its mode and the fixed time, and list the tree."""
    entries = []
    for path in sorted(root.rglob("*"), reverse=True):  # children before their folder, whose time they change
        if path.is_dir():
            path.chmod(0o755)
            entries.append(Entry(str(path.relative_to(root)), 0o755, 0, ""))
        else:
            mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            path.chmod(mode)
            content = path.read_bytes()
            entries.append(Entry(str(path.relative_to(root)), mode, len(content), hashlib.sha256(content).hexdigest()))
        os.utime(path, (FIXED_TIME, FIXED_TIME))
    root.chmod(0o755)
    os.utime(root, (FIXED_TIME, FIXED_TIME))
    return sorted(entries, key=lambda entry: entry.path)


def loader_of(program: Path) -> str:
    """Return the dynamic loader that a 64-bit little-endian ELF program names (PT_INTERP, see elf(5)).

    Raises:
        SandboxFailure: it is not such a program.
    """
    with program.open("rb") as file:
        head = file.read(64)
        if head[:6] != b"\x7fELF\x02\x01":
            raise SandboxFailure(f"The interpreter {program} is not a 64-bit little-endian ELF program.")
        offset = struct.unpack_from("<Q", head, 32)[0]
        size, count = struct.unpack_from("<HH", head, 54)
        file.seek(offset)
        table = file.read(size * count)
        for index in range(count):
            kind, _, place, _, _, length = struct.unpack_from("<IIQQQQ", table, index * size)
            if kind == 3:
                file.seek(place)
                return os.path.normpath(file.read(length).rstrip(b"\0").decode())
    raise SandboxFailure(f"The interpreter {program} is linked statically; a dynamically linked one is needed.")
