"""The guards that a compiled program runs under: only listed names exist, whatever is computed at run time.

A module is never handed out, only a proxy whose attributes are the listed ones; of numpy's classes, constructors and
callables the program gets the stand-ins of `standins`. Attribute reads pass an allowlist, attribute writes are always
refused, item writes reach arrays and plain containers only, `print` counts and is silent.

Promised: no dtype with objects, fields or text can be asked for, no class of arrays be called, no bytes of an array be
read as text, and no read-only array be written by what is listed. Not promised: that addresses stay secret (`repr`
shows them), that no array of objects exists inside an expression (``x + [10**30]`` makes one, of numbers, which cannot
be written), or that CPython and numpy have no faults of their own. Guards in the same interpreter are one layer; the
process, its system-call filter and its limits stand behind them.
"""

from __future__ import annotations

import builtins as _builtins
import collections
import difflib
import importlib
import operator
import sys
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any, NoReturn

import numpy as np
from RestrictedPython.Guards import guarded_iter_unpack_sequence, guarded_unpack_sequence
from RestrictedPython.transformer import INSPECT_ATTRIBUTES

from llmdas_sandbox.guest.standins import METHODS, Text, checked_method, handed_out, of_random
from llmdas_sandbox.guest.warm import LIBRARIES, load_library, warm

# No policy may permit these: each of them alone reaches files, code or objects that the guards do not know.
NEVER_BUILTINS = frozenset({
    "breakpoint", "bytearray", "classmethod", "compile", "delattr", "dir", "eval", "exec", "exit", "globals", "help",
    "input", "locals", "memoryview", "object", "open", "property", "quit", "setattr", "staticmethod", "super", "type",
    "vars",
})  # fmt: skip
NEVER_ATTRIBUTES = INSPECT_ATTRIBUTES | frozenset({
    "args", "base", "bit_generator", "ctypes", "data", "dump", "dumps", "format", "format_map", "func", "mro", "obj",
    "resize", "setfield", "setflags", "tb_lasti", "tofile", "view", "with_traceback",
})  # fmt: skip
WRITABLE = (np.ndarray, list, dict, np.flatiter, collections.defaultdict, collections.Counter, collections.deque)

_IN_PLACE: Mapping[str, Callable[[Any, Any], Any]] = {
    "+=": operator.iadd, "-=": operator.isub, "*=": operator.imul, "/=": operator.itruediv, "//=": operator.ifloordiv,
    "%=": operator.imod, "**=": operator.ipow, "@=": operator.imatmul, "<<=": operator.ilshift, ">>=": operator.irshift,
    "&=": operator.iand, "|=": operator.ior, "^=": operator.ixor,
}  # fmt: skip


class ModuleProxy:
    """Stands for a module: exactly the listed attributes, read-only, without a name.

    Without ``__name__`` the import statement cannot fall back to `sys.modules` and hand out the real submodule.
    """

    __slots__ = ("_attributes", "_label")

    def __init__(self, label: str, attributes: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_label", label)
        object.__setattr__(self, "_attributes", dict(attributes))

    def __getattribute__(self, name: str) -> Any:
        attributes = _slot(self, "_attributes")
        if name in attributes:
            return attributes[name]
        raise AttributeError(_advice(f"{_slot(self, '_label')}.{name}", name, attributes))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{_slot(self, '_label')}.{name} cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{_slot(self, '_label')}.{name} cannot be deleted")

    def __repr__(self) -> str:
        return f"<module {_slot(self, '_label')}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a module cannot be copied")


class ItemWriter:
    """What ``x[i] = v`` and ``del x[i]`` write through; attributes of `x` cannot be written."""

    __slots__ = ("_target",)

    def __init__(self, target: Any) -> None:
        object.__setattr__(self, "_target", target)

    def __setitem__(self, index: Any, value: Any) -> None:
        _slot(self, "_target")[index] = value

    def __delitem__(self, index: Any) -> None:
        del _slot(self, "_target")[index]

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"the attribute {name!r} cannot be written; make a new object instead")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"the attribute {name!r} cannot be deleted")


_slot = object.__getattribute__


def build_globals(
    builtins: Iterable[str],
    modules: Mapping[str, Iterable[str]],
    attributes: Iterable[str],
    on_print: Callable[[int], None],
) -> dict[str, Any]:
    """Return the globals to run a compiled program in.

    Args:
        builtins: names of builtins that exist.
        modules: dotted module name -> attributes that exist; a listed submodule is an attribute of its parent.
        attributes: attribute and method names that exist on any object but a module.
        on_print: told the number of characters of every print; may raise to end the program.

    Raises:
        ValueError: a name is listed that no policy may permit, or a listed attribute is a module that is not listed.
        ImportError: a listed module cannot be imported.
    """
    permitted = frozenset(attributes)
    _refuse("attributes", {name for name in permitted if name.startswith("_")} | permitted & NEVER_ATTRIBUTES)
    warm()
    for library in sorted({name.partition(".")[0] for name in modules} & LIBRARIES.keys()):
        load_library(library)
    read = _attribute_guard(permitted)
    return {
        "__builtins__": _builtin_table(frozenset(builtins), read, _importer(_proxies(modules)), on_print),
        "__name__": "program",
        "_getattr_": read,
        "_getitem_": _read_item,
        "_getiter_": _iterate,
        "_write_": _item_writer,
        "_apply_": _apply,
        "_inplacevar_": _in_place,
        "_load_subscript_": _load_subscript,
        "_inplace_subscript_": _inplace_subscript,
        "_iter_unpack_sequence_": guarded_iter_unpack_sequence,
        "_unpack_sequence_": guarded_unpack_sequence,
    }


def _builtin_table(
    names: frozenset[str], read: Callable[..., Any], load: Callable[..., Any], on_print: Callable[[int], None]
) -> dict[str, Any]:
    _refuse("builtins", {name for name in names if name.startswith("_")} | names & NEVER_BUILTINS)
    table: dict[str, Any] = {name: getattr(_builtins, name) for name in names}
    guarded = {"getattr": read, "hasattr": _has_attribute(read), "print": _counter(on_print), "str": Text}
    table.update({name: guard for name, guard in guarded.items() if name in names})
    table["__import__"] = load
    return table


def _refuse(what: str, names: Iterable[str]) -> None:
    refused = sorted(names)
    if refused:
        raise ValueError(f"no policy may permit the {what} {', '.join(refused)}")


def _proxies(modules: Mapping[str, Iterable[str]]) -> dict[str, ModuleProxy]:
    """Build one proxy per listed module, children before parents so that parents can hold them."""
    made: dict[str, ModuleProxy] = {}
    for name in sorted(modules, key=lambda dotted: (-dotted.count("."), dotted)):
        children = {child.rpartition(".")[2]: made[child] for child in made if child.rpartition(".")[0] == name}
        made[name] = ModuleProxy(name, {**_listed(name, set(modules[name]) - set(children)), **children})
    return made


def _listed(module: str, names: Iterable[str]) -> Mapping[str, Any]:
    """Read the listed attributes; one that this version of the module lacks does not exist for the program either."""
    real = importlib.import_module(module)
    found = {name: getattr(real, name) for name in names if hasattr(real, name)}
    _refuse("attributes", {f"{module}.{name}" for name in found if name.startswith("_")})
    _refuse("modules", {f"{module}.{name}" for name, value in found.items() if isinstance(value, ModuleType)})
    return _handed_out(module, found)


def _handed_out(module: str, found: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a program gets for listed attributes: of numpy and scipy stand-ins, else those of the library itself.

    Raises:
        ValueError: the module belongs to a library for which there are no stand-ins, or one is missing.
    """
    library = module.partition(".")[0]
    if module == "numpy.random":
        return of_random(found)
    if library == "numpy":
        return {name: handed_out(module, name, value) for name, value in found.items()}
    if library == "scipy":
        from llmdas_sandbox.guest.standins_scipy import of_scipy

        return {name: of_scipy(module, name, value) for name, value in found.items()}
    if library not in sys.stdlib_module_names:
        raise ValueError(f"no policy may permit the module {module}: no guard knows its library")
    return found


def _importer(proxies: Mapping[str, ModuleProxy]) -> Callable[..., ModuleProxy | None]:
    def load(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        # C code (PyImport_Import) passes a list, the import statement a tuple. It takes the module from sys.modules
        # and drops this result, so numpy's late imports work and the program still gets nothing.
        if type(fromlist) is list and level == 0 and name.startswith("numpy.") and name in sys.modules:
            return None
        if level != 0 or name not in proxies:
            raise ImportError(_advice(f"module {name}", name, proxies))
        if not fromlist:
            return proxies[name.partition(".")[0]]
        for wanted in fromlist:
            _import_name(proxies[name], wanted)
        return proxies[name]

    return load


def _import_name(proxy: ModuleProxy, name: str) -> None:
    """Check a name of a from-import here, before the import statement looks for it elsewhere."""
    try:
        getattr(proxy, name)
    except AttributeError as error:
        raise ImportError(str(error)) from None


def _attribute_guard(permitted: frozenset[str]) -> Callable[..., Any]:
    def read(owner: Any, name: Any, *default: Any) -> Any:
        if type(name) is not str:
            raise TypeError("an attribute's name must be a plain str")
        try:
            if type(owner) is ModuleProxy:
                return getattr(owner, name)
            if name not in permitted or isinstance(owner, ModuleType):
                raise AttributeError(_advice(f"{type(owner).__name__}.{name}", name, permitted & set(dir(owner))))
            return _lookup(owner, name, permitted)
        except AttributeError:
            if default:
                return default[0]
            raise

    return read


def _lookup(owner: Any, name: str, permitted: frozenset[str]) -> Any:
    try:
        value = getattr(owner, name)
    except AttributeError:
        raise AttributeError(
            _advice(f"{type(owner).__name__}.{name}", name, permitted & set(dir(owner)), "does not exist")
        ) from None
    if isinstance(value, ModuleType):
        raise AttributeError(f"{name!r} is a module and cannot be reached through an object")
    return checked_method(owner, name, value) if name in METHODS else value


def _has_attribute(read: Callable[..., Any]) -> Callable[[Any, Any], bool]:
    def has(owner: Any, name: Any) -> bool:
        try:
            read(owner, name)
        except AttributeError:
            return False
        return True

    return has


def _counter(on_print: Callable[[int], None]) -> Callable[..., None]:
    def count(
        *values: Any, sep: str | None = " ", end: str | None = "\n", file: None = None, flush: bool = False
    ) -> None:
        if file is not None:
            raise TypeError("print writes nowhere: the argument file is not permitted")
        text = (" " if sep is None else sep).join(str(value) for value in values)
        on_print(len(text) + len("\n" if end is None else end))

    return count


def _read_item(owner: Any, index: Any) -> Any:
    return owner[index]


def _iterate(values: Any) -> Any:
    return values


def _item_writer(target: Any) -> ItemWriter:
    if type(target) not in WRITABLE:
        raise TypeError(
            f"items and attributes of {type(target).__name__} cannot be written; write to arrays, lists, dicts"
        )
    if type(target) is np.ndarray and target.dtype.hasobject:
        raise TypeError("items of an array of objects cannot be written; use arrays of numbers, or a list")
    return ItemWriter(target)


def _apply(function: Callable[..., Any], /, *values: Any, **named: Any) -> Any:
    return function(*values, **named)


def _in_place(symbol: str, target: Any, value: Any) -> Any:
    """Do ``target += value`` and return what the name is bound to next."""
    return _IN_PLACE[symbol](target, value)


def _load_subscript(target: Any, index: Any) -> tuple[ItemWriter, Any, Any]:
    """First half of ``target[index] += value``: the old item, read before the value is evaluated, as Python does."""
    return _item_writer(target), index, target[index]


def _inplace_subscript(symbol: str, loaded: tuple[ItemWriter, Any, Any], value: Any) -> None:
    """Second half of ``target[index] += value``: in-place operation, then the store, as Python does."""
    writer, index, old = loaded
    writer[index] = _IN_PLACE[symbol](old, value)


def _advice(asked: str, name: str, permitted: Iterable[str], verdict: str = "is not permitted") -> str:
    near = difflib.get_close_matches(name, sorted(permitted), n=1, cutoff=0.75)
    return f"{asked} {verdict}" + (f"; nearest permitted name: {near[0]}" if near else "")
