"""Run by `rootfs_build` in a fresh interpreter: load what a guest loads, then say which files that took, as JSON.

Never imported: ``python rootfs_trace.py FOLDER [LIBRARY...]``, where FOLDER holds numpy, RestrictedPython,
llmdas_sandbox and the libraries (names in `guest.warm.LIBRARIES`).
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import pkgutil
import sys


class _LoadedObject(ctypes.Structure):
    """The head of struct dl_phdr_info, see dl_iterate_phdr(3)."""

    _fields_ = (("address", ctypes.c_void_p), ("name", ctypes.c_char_p))


def shared_objects() -> list[str]:
    """Return the paths by which the dynamic loader found what is loaded; their base names are what it looks for."""
    found: list[str] = []

    def each(info: ctypes._Pointer[_LoadedObject], size: int, data: object) -> int:
        found.append(os.fsdecode(info.contents.name or b""))
        return 0

    callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_LoadedObject), ctypes.c_size_t, ctypes.c_void_p)
    ctypes.CDLL(None).dl_iterate_phdr(callback(each), None)
    return sorted(os.path.normpath(path) for path in found if path.startswith("/"))


def file_of(name: str) -> str:
    """Return the file of a loaded module, also of one that put another object in its own place; empty without one."""
    file = str(getattr(sys.modules[name], "__file__", None) or "")
    if file.startswith("/"):
        return file
    package, _, last = name.rpartition(".")
    for folder in getattr(sys.modules.get(package), "__path__", ()):
        for place in (f"{folder}/{last}.py", f"{folder}/{last}/__init__.py"):
            if os.path.isfile(place):  # noqa: PTH113 # pathlib would be loaded and copied
                return place
    return ""


def main(packages: str, *libraries: str) -> None:
    """Load everything, write the account to standard output."""
    sys.path.append(packages)
    guest = importlib.import_module("llmdas_sandbox.guest")
    for module in sorted(found.name for found in pkgutil.iter_modules(guest.__path__)):
        importlib.import_module(f"llmdas_sandbox.guest.{module}")
    warm = importlib.import_module("llmdas_sandbox.guest.warm")
    warm.load_all()
    for library in libraries:
        warm.load_library(library)
    ourselves = sys.modules["__main__"]  # libraries give it further names
    files = {file_of(name) for name, module in sys.modules.items() if module is not ourselves}
    account = {
        "standard_library": os.path.dirname(os.__file__),  # noqa: PTH120 # pathlib would be loaded and copied
        "library_folder": sys.platlibdir,
        "version": f"python{sys.version_info[0]}.{sys.version_info[1]}",
        "modules": sorted(os.path.normpath(path) for path in files if path),
        "objects": shared_objects(),
    }
    sys.stdout.write(json.dumps(account))


if __name__ == "__main__":
    main(*sys.argv[1:])
