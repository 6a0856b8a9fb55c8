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
_COMPANIONS = {"torch": ("torchgen", "typing_extensions")}  # what a library loads of other packages
_MUST_EXIST = ("torch/bin/torch_shm_manager",)  # torch looks whether it is there; an empty file does
FIXED_TIME = 315_532_800  # 1980-01-01; a file with another time was changed after the build
# What py_compile does, from what every root holds; unchecked-hash files, PEP 552.
_COMPILE = """
import _imp, os, sys
from importlib import _bootstrap_external as files
root = sys.argv[1]
for path in sys.stdin.read().split("\\n"):
    with open(root + path, "rb") as file:
        source = file.read()
    code = files.SourceFileLoader("<py_compile>", root + path).source_to_code(source, path)
    hashed = _imp.source_hash(files._RAW_MAGIC_NUMBER, source)
    target = files.cache_from_source(root + path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "wb") as file:
        file.write(files._code_to_hash_pyc(code, hashed, False))
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file or folder of a root: path from the root, permission bits, size and SHA-256 (empty for a folder)."""

    path: str
    mode: int
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A CPython that runs here and may be copied.

    Attributes:
        program: its file.
        tree: the folder that holds its system: ``/``, or an unpacked distribution or guest's root.
    """

    program: Path
    tree: Path = Path("/")

    @property
    def loader(self) -> str:
        """Return the dynamic loader's path in its own system."""
        return loader_of(self.program)

    def run(self, *arguments: str | Path, text: str = "") -> str:
        """Run it with arguments and standard input; return what it writes.

        A program of another tree is started by the loader of that tree, so that it uses no library of this machine.

        Raises:
            SandboxFailure: it failed.
        """
        libraries, words = os.environ.get("LD_LIBRARY_PATH", ""), [str(self.program)]
        if self.tree != Path("/"):
            libraries = ""
            words = [f"{self.tree}{self.loader}", "--library-path", self._library_path(), *words]
        command = [*words, *PYTHON_FLAGS, *map(str, arguments)]
        environment = dict(ENVIRONMENT, LD_LIBRARY_PATH=libraries)
        done = subprocess.run(  # noqa: S603 # our own interpreter and files
            command, input=text, env=environment, capture_output=True, text=True, check=False, cwd="/"
        )
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise SandboxFailure(f"The guest's root cannot be built: {self.program} says: {last}")
        return done.stdout

    def _library_path(self) -> str:
        folders = (self.tree / name for name in ("lib", "usr/lib"))
        return ":".join(str(path) for folder in folders for path in (folder, *sorted(folder.glob("*-linux-gnu"))))


def interpreter() -> Path:
    """Return the interpreter behind any virtual environment."""
    return Path(os.path.realpath(getattr(sys, "_base_executable", sys.executable)))


def package_folders(libraries: tuple[str, ...] = ()) -> dict[str, Path]:
    """Return the installed packages that enter a root, by name, with the folders of their shared objects.

    A module that is a single file stands under the file's name.

    Raises:
        SandboxFailure: one is not installed.
    """
    found = {}
    companions = [name for library in libraries for name in _COMPANIONS.get(library, ())]
    for name in ("numpy", "RestrictedPython", *libraries, *companions):
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise SandboxFailure(f"The package {name} is not installed.", "Install llmdas with its dependencies.")
        origin = Path(spec.origin)
        found.update({name: origin.parent} if spec.submodule_search_locations else {origin.name: origin})
    for name, folder in list(found.items()):
        objects = folder.parent / f"{name}.libs"
        if objects.is_dir():
            found[objects.name] = objects
    return found


def build_tree(stage: Path, guest_package: Path, libraries: tuple[str, ...] = ()) -> tuple[list[Entry], list[str]]:
    """Fill ``stage/root`` from this machine and return its entries and the system files that were copied into it.

    Raises:
        SandboxFailure: the interpreter cannot load the guest or compile it.
        OSError: a file cannot be read or written.
    """
    python = Interpreter(interpreter())
    origins = copy_tree(stage, guest_package, python, package_folders(libraries), libraries)
    system = {origin for path, origin in origins.items() if not path.startswith((PACKAGES, f"usr/{sys.platlibdir}/"))}
    return settle(stage / "root"), sorted(system)


def copy_tree(
    stage: Path, guest_package: Path, python: Interpreter, packages: dict[str, Path], libraries: tuple[str, ...]
) -> dict[str, str]:
    """Fill ``stage/root`` with what a guest loads under an interpreter; return each copied file's origin by its path.

    Args:
        stage: an empty folder.
        guest_package: folder that becomes ``llmdas_sandbox.guest``.
        python: the interpreter that loads, is copied and compiles.
        packages: folder of each package by name, see `package_folders`.
        libraries: those of the packages that are loaded besides numpy and RestrictedPython.

    Raises:
        SandboxFailure: the interpreter cannot load the guest or compile it.
        OSError: a file cannot be read or written.
    """
    root, staged = stage / "root", stage / "packages"
    root.mkdir(parents=True)
    staged.mkdir()
    for name, folder in packages.items():
        (staged / name).symlink_to(folder)
    copy_guest(staged, guest_package)
    account: dict[str, Any] = json.loads(python.run(HERE / "rootfs_trace.py", str(staged), *libraries))
    origins = _copy_loaded(root, staged, account, python)
    for name in MOUNT_POINTS:
        (root / name).mkdir(exist_ok=True)
    for name in _MUST_EXIST if "torch" in libraries else ():
        (root / PACKAGES / name).parent.mkdir(exist_ok=True)
        (root / PACKAGES / name).touch()
    compile_modules(root, sorted(root.rglob("*.py")), python)
    shutil.rmtree(staged)
    return origins


def copy_guest(packages: Path, guest_package: Path) -> list[Path]:
    """Make the package ``llmdas_sandbox`` of a guest in a folder of packages; return its modules."""
    ours = packages / "llmdas_sandbox"
    ours.mkdir()
    (ours / "__init__.py").touch()
    shutil.copyfile(HERE / "frames.py", ours / "frames.py")
    shutil.copytree(guest_package, ours / "guest", ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    return sorted(ours.rglob("*.py"))


def compile_modules(root: Path, modules: list[Path], python: Interpreter) -> None:
    """Compile modules in one fresh interpreter, in sorted order: the same sources give the same bytes."""
    python.run("-c", _COMPILE, str(root), text="\n".join(f"/{path.relative_to(root)}" for path in modules))


def digest_of(entries: list[Entry]) -> str:
    """Return the SHA-256 over the sorted (path, mode, file digest): the name of all that enters a sandbox."""
    lines = (f"{entry.path}\0{entry.mode:o}\0{entry.sha256}\n" for entry in sorted(entries, key=lambda e: e.path))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _copy_loaded(root: Path, packages: Path, account: dict[str, Any], python: Interpreter) -> dict[str, str]:
    """Copy modules, shared objects, interpreter and loader; return where each came from, by its path in the root."""
    library = root / "usr" / account["library_folder"] / account["version"]
    (library / "lib-dynload").mkdir(parents=True)  # by this folder the interpreter finds itself
    modules, loader = set(account["modules"]), python.loader
    places = {
        path: _place_of_module(path, root, packages, library, account["standard_library"]) for path in sorted(modules)
    }
    for path in sorted(set(account["objects"]) - modules):
        if path.startswith(f"{packages}/"):
            places[path] = root / PACKAGES / os.path.relpath(path, packages)
        elif os.path.basename(path) != os.path.basename(loader):  # noqa: PTH119 # text paths from the loader
            places[path] = root / "lib" / os.path.basename(path)  # noqa: PTH119
    executables = {
        f"{python.tree}".rstrip("/") + loader: root / loader.lstrip("/"),
        str(python.program): root / PYTHON.lstrip("/"),
    }
    for path, place in (*places.items(), *executables.items()):
        _copy(path, place, executable=path in executables)
    return {str(place.relative_to(root)): path for path, place in (*places.items(), *executables.items())}


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


def settle(root: Path) -> list[Entry]:
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
