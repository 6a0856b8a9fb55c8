"""The run-time guards, called directly on harmless objects: what is not listed does not exist."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from llmdas.policy import load_policy
from llmdas_sandbox.guest.guards import NEVER_ATTRIBUTES, NEVER_BUILTINS, ModuleProxy, build_globals

GUEST = load_policy().as_guest()


@pytest.fixture(scope="module")
def table() -> dict[str, Any]:
    return build_globals(GUEST.builtins, GUEST.modules, GUEST.attributes, lambda count: None)


@pytest.fixture(scope="module")
def read(table: dict[str, Any]) -> Callable[..., Any]:
    return table["_getattr_"]


@pytest.fixture(scope="module")
def load(table: dict[str, Any]) -> Callable[..., Any]:
    return table["__builtins__"]["__import__"]


@pytest.fixture(scope="module")
def numpy(load: Callable[..., Any]) -> Any:
    return load("numpy", None, None, ("zeros",), 0)


def test_listed_attributes_do_what_the_real_ones_do(read, numpy) -> None:
    assert read(numpy, "float64") is np.float64
    assert read(numpy, "pi") is np.pi
    assert read(numpy, "mean")([1.0, 2.0]) == 1.5
    assert read(read(numpy, "linalg"), "norm")([3.0, 4.0]) == 5.0
    assert read(read(numpy, "linalg"), "LinAlgError") is np.linalg.LinAlgError
    assert read(np.arange(3), "sum")() == 3


@pytest.mark.parametrize(
    "name",
    [
        "load",
        "save",
        "lib",
        "ctypeslib",
        "f2py",
        "testing",
        "core",
        "_core",
        "__dict__",
        "__name__",
        "__loader__",
        "__spec__",
        "__path__",
        "__builtins__",
        "sys",
        "os",
        "frompyfunc",
        "nditer",
        "_attributes",
        "_label",
    ],
)
def test_nothing_else_of_a_module_exists(read, numpy, name: str) -> None:
    with pytest.raises(AttributeError, match="not permitted"):
        read(numpy, name)
    with pytest.raises(AttributeError):
        getattr(numpy, name)  # what the import statement does, past the guard


@pytest.mark.parametrize("name", ["linalg", "random", "typing"])
def test_submodules_are_proxies_again(read, numpy, name: str) -> None:
    assert type(read(numpy, name)) is ModuleProxy
    assert not isinstance(read(numpy, name), ModuleType)


def test_no_real_module_is_within_reach(table, load) -> None:
    for name in GUEST.modules:
        proxy = load(name, None, None, None, 0)
        assert type(proxy) is ModuleProxy
    assert not [value for value in table.values() if isinstance(value, ModuleType)]
    assert not [value for value in table["__builtins__"].values() if isinstance(value, ModuleType)]


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        ("text", "format"),
        ("text", "format_map"),
        ("text", "encode"),
        ("text", "__class__"),
        ((i for i in range(2)), "gi_frame"),
        ((i for i in range(2)), "gi_code"),
        ((i for i in range(2)), "send"),
        (np.zeros(3), "base"),
        (np.zeros(3), "flags"),
        (np.zeros(3), "ctypes"),
        (np.zeros(3), "tofile"),
        (np.zeros(3), "dump"),
        (np.zeros(3), "dumps"),
        (np.zeros(3), "setflags"),
        (np.zeros(3), "view"),
        (np.zeros(3), "data"),
        (np.zeros(3), "__array_interface__"),
        (np.zeros(3), "resize"),
        (np.mean, "__globals__"),
        (np.mean, "__wrapped__"),
        (np.random.default_rng(0), "bit_generator"),
        (np.random.default_rng(0), "__reduce__"),
        (lambda: 1, "__code__"),
        (ValueError("x"), "args"),
        (ValueError("x"), "__traceback__"),
        (AttributeError(), "obj"),
        (list, "mro"),
        (type, "mro"),
        (print, "__self__"),
        (np.float64(1), "tobytes"),
        ({}, "fromkeys"),
        (sys, "modules"),
    ],
)
def test_other_attributes_of_objects_do_not_exist(table, read, owner: object, name: str) -> None:
    with pytest.raises(AttributeError, match="not permitted"):
        read(owner, name)
    assert table["__builtins__"]["hasattr"](owner, name) is False
    with pytest.raises(AttributeError):
        table["__builtins__"]["getattr"](owner, name)
    assert table["__builtins__"]["getattr"](owner, name, 7) == 7


def test_a_real_module_shows_nothing_even_under_permitted_names(read) -> None:
    assert "copy" in GUEST.attributes
    with pytest.raises(AttributeError):
        read(np, "copy")


def test_a_missing_attribute_is_an_error_that_names_the_nearest(read, numpy) -> None:
    with pytest.raises(AttributeError, match="zeros_like"):
        read(numpy, "zero_likes")
    with pytest.raises(AttributeError, match="argsort"):
        read(np.zeros(3), "argsortt")
    with pytest.raises(AttributeError, match="does not exist"):
        read(np.zeros(3), "append")


def test_attribute_names_must_be_plain_text(read) -> None:
    class Sly(str):
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = str.__hash__

    for name in (Sly("__class__"), b"sum", 1, None):
        with pytest.raises(TypeError):
            read([], name)


def test_an_attribute_that_is_a_module_is_not_handed_out(read) -> None:
    class Owner:
        copy = sys

    with pytest.raises(AttributeError, match="module"):
        read(Owner(), "copy")


def test_modules_cannot_be_written(table, numpy) -> None:
    for action in (
        lambda: setattr(numpy, "mean", len),
        lambda: delattr(numpy, "mean"),
        lambda: setattr(numpy, "_attributes", {}),
        lambda: setattr(numpy, "__class__", ModuleProxy),
        lambda: numpy.__dict__,
        lambda: object.__setattr__(numpy, "new", 1),
    ):
        with pytest.raises((AttributeError, TypeError)):
            action()
    with pytest.raises(TypeError):
        table["_write_"](numpy)
    assert numpy.mean([1.0, 2.0]) == 1.5


@pytest.mark.parametrize("target", [np.zeros(3), [1, 2], {1: 2}, np.zeros(3).flat])
def test_items_of_arrays_and_containers_can_be_written(table, target) -> None:
    table["_write_"](target)[1] = 5
    assert target[1] == 5


@pytest.mark.parametrize("target", [np.zeros(3), [1], {}])
@pytest.mark.parametrize("name", ["shape", "flags", "dtype", "_target", "anything", "__class__"])
def test_attributes_can_never_be_written(table, target, name: str) -> None:
    writer = table["_write_"](target)
    with pytest.raises(AttributeError, match="cannot be written"):
        setattr(writer, name, 1)
    with pytest.raises(AttributeError, match="cannot be deleted"):
        delattr(writer, name)


class Plain:
    pass


class Listed(list):  # a subclass may bring its own methods
    pass


@pytest.mark.parametrize(
    "target",
    [
        Plain(),
        Plain,
        np,
        np.mean,
        (1,),
        "text",
        1,
        None,
        Listed([1]),
        bytearray(3),
        memoryview(bytearray(3)),
        sys.modules.values(),
    ],
)
def test_items_of_anything_else_cannot_be_written(table, target) -> None:
    with pytest.raises(TypeError, match="cannot be written"):
        table["_write_"](target)
    with pytest.raises(TypeError):
        table["_load_subscript_"](target, 0)


def test_a_read_only_array_stays_read_only(table) -> None:
    X = np.zeros((2, 2))
    X.setflags(write=False)
    with pytest.raises(ValueError, match="read-only"):
        table["_write_"](X)[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        table["_inplace_subscript_"]("+=", table["_load_subscript_"](X, 0), 1)
    with pytest.raises(ValueError, match="read-only"):
        table["_inplacevar_"]("+=", X, 1)


@pytest.mark.parametrize(
    "name", ["os", "sys", "numpy.lib", "numpy.ctypeslib", "builtins", "numpy._core", "", "Numpy", "math "]
)
def test_other_modules_cannot_be_imported(load, name: str) -> None:
    for wanted in (None, (), ("x",), ("*",)):
        with pytest.raises(ImportError):
            load(name, None, None, wanted, 0)


@pytest.mark.parametrize("wanted", [("load",), ("*",), ("mean", "lib"), ("__dict__",), ("ctypeslib",)])
def test_other_names_cannot_be_imported_from_a_permitted_module(load, wanted: tuple[str, ...]) -> None:
    with pytest.raises(ImportError, match="not permitted"):
        load("numpy", None, None, wanted, 0)


def test_relative_imports_are_refused(load) -> None:
    with pytest.raises(ImportError):
        load("numpy", {"__package__": "numpy"}, None, ("mean",), 1)


def test_import_statement_cannot_fall_back_to_the_real_submodule(table) -> None:
    import numpy.lib  # noqa: F401 - present in sys.modules, where the import statement would look by the module's name

    for statement in (
        "from numpy import lib",
        "from numpy import ctypeslib",
        "import numpy.lib as x",
        "from numpy.random import mtrand",
    ):
        with pytest.raises(ImportError):
            exec(statement, {"__builtins__": table["__builtins__"]})


@pytest.mark.parametrize(
    "statement",
    [
        "import numpy",
        "import numpy as x",
        "import numpy.linalg",
        "import numpy.linalg as x",
        "from numpy import linalg as x, mean",
        "from numpy.random import Generator",
        "from __future__ import annotations",
        "import collections.abc",
        "from typing import Any",
    ],
)
def test_import_statements_bind_proxies(table, statement: str) -> None:
    space: dict[str, Any] = {"__builtins__": table["__builtins__"]}
    exec(statement, space)
    assert not [value for value in space.values() if isinstance(value, ModuleType)]


def test_late_imports_of_numpy_itself_work_and_give_nothing_away(load, table) -> None:
    assert load("numpy._core._methods", {}, {}, [], 0) is None
    with pytest.raises(ImportError):
        load("numpy.no_such_module", {}, {}, [], 0)
    with pytest.raises(ImportError):
        load("os", {}, {}, [], 0)
    space: dict[str, Any] = {"__builtins__": table["__builtins__"], "x": np.arange(6.0).reshape(2, 3)}
    exec("y = [x.min(), x.mean(), x.std(), x.any(), x.clip(0, 1), repr(x), x.prod()]", space)
    assert space["y"][0] == 0.0


def test_builtins_are_exactly_the_listed_ones(table) -> None:
    assert set(table["__builtins__"]) == {*GUEST.builtins, "__import__"}
    for name in ("getattr", "hasattr", "print"):
        assert table["__builtins__"][name] is not getattr(builtins, name)


def test_print_counts_and_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    counts: list[int] = []
    say = build_globals(["print"], {}, [], counts.append)["__builtins__"]["print"]
    say("four", 12)
    say()
    say("a", "b", sep="--", end="")
    say(1, sep=None, end=None, flush=True)
    assert counts == [len("four 12\n"), 1, 4, 2]
    assert capsys.readouterr() == ("", "")
    with pytest.raises(TypeError, match="file"):
        say("x", file=sys.stderr)


def test_print_can_end_the_program() -> None:
    def full(count: int) -> None:
        raise BufferError(count)

    with pytest.raises(BufferError):
        build_globals(["print"], {}, [], full)["__builtins__"]["print"]("x")


@pytest.mark.parametrize("name", [*sorted(NEVER_BUILTINS), "__import__", "__build_class__", "_x"])
def test_no_policy_can_permit_these_builtins(name: str) -> None:
    with pytest.raises(ValueError, match="no policy may permit"):
        build_globals([name], {}, [], lambda count: None)


@pytest.mark.parametrize("name", [*sorted(NEVER_ATTRIBUTES), "__class__", "_private"])
def test_no_policy_can_permit_these_attributes(name: str) -> None:
    with pytest.raises(ValueError, match="no policy may permit"):
        build_globals([], {}, [name], lambda count: None)


@pytest.mark.parametrize(
    ("module", "name"), [("numpy", "lib"), ("numpy", "_core"), ("numpy", "linalg"), ("math", "__name__")]
)
def test_a_module_cannot_be_permitted_as_an_attribute(module: str, name: str) -> None:
    with pytest.raises(ValueError, match="no policy may permit"):
        build_globals([], {module: [name]}, [], lambda count: None)


def test_an_attribute_that_this_version_lacks_does_not_exist() -> None:
    load = build_globals([], {"math": ["pi", "of_a_later_version"]}, [], lambda count: None)["__builtins__"][
        "__import__"
    ]
    with pytest.raises(AttributeError):
        getattr(load("math"), "of_a_later" + "_version")
