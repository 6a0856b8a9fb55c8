"""Names that no policy may ever permit, each the core of a known way out, and the shortest program that uses each.

The ways themselves are shown by the refused programs; what differs in one name only stands here as a table.
"""

from __future__ import annotations

from collections.abc import Iterator

# Syntax: node class -> what it brings along, and a line or block that needs it.
MATCH = (
    "match_case",
    "MatchAs",
    "MatchClass",
    "MatchMapping",
    "MatchOr",
    "MatchSequence",
    "MatchSingleton",
    "MatchStar",
)
SYNTAX: dict[str, tuple[tuple[str, ...], str]] = {
    "AsyncFor": ((), "async for row in X_train:\n    pass"),
    "AsyncFunctionDef": ((), "async def helper():\n    return 1"),
    "AsyncWith": ((), "async with np.errstate():\n    pass"),
    "Await": ((), "x = await n_samples"),
    "ClassDef": ((), "class Rows:\n    pass"),
    "Global": ((), "global n_rows"),
    "Match": ((*MATCH, "MatchValue"), "match n_samples:\n    case 1:\n        pass"),
    "Nonlocal": ((), "x = 1\ndef helper():\n    nonlocal x\n    return x"),
    "TryStar": ((), "try:\n    x = 1\nexcept* ValueError:\n    x = 2"),
    "Yield": ((), "def helper():\n    yield n_samples"),
    "YieldFrom": ((), "def helper():\n    yield from X_train"),
}

BUILTINS = frozenset({
    "BaseException", "GeneratorExit", "KeyboardInterrupt", "SystemExit", "__build_class__", "__builtins__",
    "__import__", "__loader__", "breakpoint", "bytearray", "bytes", "classmethod", "compile", "delattr", "dir", "eval",
    "exec", "exit", "format", "globals", "help", "input", "locals", "memoryview", "object", "open", "property",
    "setattr", "staticmethod", "super", "type", "vars",
})  # fmt: skip

ATTRIBUTES = frozenset({
    "ag_frame", "args", "base", "bit_generator", "byteswap", "cr_frame", "ctypes", "data", "decode", "dump", "dumps",
    "encode", "f_back", "f_builtins", "f_code", "f_globals", "f_locals", "fields", "flags", "format", "format_map",
    "func", "getfield", "gi_code", "gi_frame", "gi_yieldfrom", "mro", "names", "newbyteorder", "obj", "resize",
    "setfield", "setflags", "spawn", "strides", "tb_frame", "tb_next", "tobytes", "tofile", "view", "with_traceback",
})  # fmt: skip

MODULES = frozenset({
    "builtins", "code", "codecs", "ctypes", "gc", "importlib", "inspect", "io", "marshal", "multiprocessing",
    "numpy.ctypeslib", "numpy.f2py", "numpy.lib", "numpy.testing", "operator", "os", "os.path", "pathlib", "pickle",
    "platform", "random", "runpy", "scipy", "shutil", "signal", "sklearn", "socket", "subprocess", "sys",
    "tempfile", "threading", "time", "types", "warnings",
})  # fmt: skip

NAMES_OF_MODULES = frozenset({
    "collections.namedtuple", "functools.lru_cache", "numpy.array2string", "numpy.char", "numpy.core",
    "numpy.ctypeslib", "numpy.f2py", "numpy.frombuffer", "numpy.fromfile", "numpy.frompyfunc", "numpy.fromregex",
    "numpy.fromstring", "numpy.genfromtxt", "numpy.getbufsize", "numpy.lib", "numpy.load", "numpy.loadtxt", "numpy.ma",
    "numpy.matrix", "numpy.memmap", "numpy.nditer", "numpy.object_", "numpy.printoptions", "numpy.random.PCG64",
    "numpy.random.RandomState", "numpy.random.get_state", "numpy.random.rand", "numpy.random.seed",
    "numpy.random.set_state", "numpy.rec", "numpy.recarray", "numpy.record", "numpy.save", "numpy.savetxt",
    "numpy.savez", "numpy.savez_compressed", "numpy.set_printoptions", "numpy.seterr", "numpy.seterrcall",
    "numpy.show_config", "numpy.str_", "numpy.test", "numpy.testing", "numpy.vectorize", "numpy.void",
    "typing.NamedTuple", "typing.TypedDict", "typing.get_type_hints",
})  # fmt: skip

KEYWORDS = frozenset({
    "allow_pickle", "buffer", "call", "extobj", "file", "filename", "fix_imports", "fname", "like", "memmap",
    "metaclass", "mmap_mode", "pickle_kwargs", "refcheck", "sig", "signature", "strides", "subok", "write", "writeable",
})  # fmt: skip

# Builtins and guards whose names must not come to mean something else.
REBOUND = (
    "breakpoint", "compile", "delattr", "eval", "exec", "getattr", "globals", "hasattr", "isinstance", "issubclass",
    "locals", "open", "print", "setattr", "super", "vars",
)  # fmt: skip


def uses() -> Iterator[tuple[str, str, str]]:
    """Yield name, the lines that use it and nothing else that is refused, and the rule that these must trip."""
    for name, (_, lines) in SYNTAX.items():
        yield f"syntax {name}", lines, "DAS209"
    for name in sorted(BUILTINS):
        yield f"builtin {name}", f"x = {name}", "DAS208" if name.startswith("__") else "DAS203"
    for name in sorted(ATTRIBUTES):
        yield f"attribute {name}", f"x = model.predict_score(X_train).{name}", "DAS205"
    for name in sorted(MODULES):
        yield f"module {name}", f"import {name}", "DAS201"
    for full in sorted(NAMES_OF_MODULES):
        module, _, name = full.rpartition(".")
        yield f"name of a module {full}", f"from {module} import {name}", "DAS202"
    for name in REBOUND:
        yield f"rebound {name}", f"{name} = n_samples", "DAS211"
    for name in sorted(KEYWORDS):
        yield f"keyword {name}", f"x = dict({name}=1)", "DAS210"
