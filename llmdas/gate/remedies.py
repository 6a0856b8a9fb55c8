"""What to write instead of names that language models like to use; else the nearest permitted name."""

from __future__ import annotations

import ast
import keyword
import re
import warnings
from collections.abc import Iterable, Mapping

from llmdas.gate.terms import Interface, Terms, nearest

_NUMPY_ONLY = "Write it with numpy; no other library exists."
_NO_FILES = "A program has no files; compute from the arguments."
_NEIGHBOURS = "For neighbours, take at most 1,000 rows and `np.linalg.norm`."
MODULES: Mapping[str, str] = {
    "builtins": "Use the permitted builtins directly, without an import.",
    "copy": "Use `x.copy()` or `np.copy(x)`.",
    "dataclasses": "Use tuples and dicts.",
    "logging": "Do without messages; raise ValueError when the arguments cannot be used.",
    "operator": "Use the operator itself or a lambda.",
    "os": "A program has no files and no environment; compute from the arguments.",
    "pandas": "X_train is a numpy array; use numpy.",
    "pyod": "The detector is given as an argument; import nothing for it.",
    "scipy": _NUMPY_ONLY,
    "sklearn": _NUMPY_ONLY,
    "sys": "Do without it; a program has no process to look at.",
    "time": "Do without a clock; results must depend on the arguments alone.",
    "torch": _NUMPY_ONLY,
    "warnings": "Use `with np.errstate(all='ignore'):` around the computation.",
}
NUMPY: Mapping[str, str] = {
    "Inf": "inf", "NaN": "nan", "NAN": "nan", "alltrue": "all", "asfarray": "asarray", "asmatrix": "asarray",
    "cumproduct": "cumprod", "float": "float64", "float_": "float64", "in1d": "isin", "int": "int64",
    "int_": "int64", "matrix": "array", "msort": "sort", "object_": "float64", "product": "prod",
    "row_stack": "vstack", "seterr": "errstate", "sometrue": "any", "trapz": "trapezoid",
    "vectorize": "apply_along_axis",
}  # fmt: skip
TORCH: Mapping[str, str] = {
    "FloatTensor": "tensor", "as_tensor": "tensor", "asarray": "tensor", "from_numpy": "tensor", "view_copy": "reshape",
}  # fmt: skip
# Names of numpy for which no other name of numpy does the same.
_NUMPY_ADVICE: Mapping[str, str] = {
    **dict.fromkeys(
        ("DataSource", "fromfile", "fromregex", "genfromtxt", "load", "loadtxt", "memmap", "save", "savetxt", "savez",
         "savez_compressed"),
        _NO_FILES,
    ),
    "ma": "Use a boolean mask and `np.where`.",
}  # fmt: skip
_LIBRARIES = ("scipy", "torch")  # what profiles add to numpy
_STATE = frozenset({"Generator", "RandomState", "SeedSequence", "get_state", "mtrand", "seed", "set_state"})
GENERATOR: Mapping[str, str] = {
    "binomial_": "binomial", "rand": "random", "randint": "integers", "randn": "standard_normal", "random_integers":
    "integers", "random_sample": "random", "ranf": "random", "sample": "random", "choices": "choice", "gauss": "normal",
}  # fmt: skip
ATTRIBUTES: Mapping[str, str] = {
    "append": "Use a list and `np.array(...)`, or `np.concatenate`.",
    "args": "Exceptions are opaque; do without their content.",
    "base": "Use `x.copy()` where an array of one's own is needed.",
    "columns": "X_train is a numpy array; columns are `X_train[:, j]`.",
    "data": "Use the array itself.",
    "dump": _NO_FILES,
    "flags": "Arguments are read-only; work on `x.copy()`.",
    "format": "Use an f-string.",
    "format_map": "Use an f-string.",
    "iloc": "X_train is a numpy array; index it as `X_train[i, j]`.",
    "ptp": "Use `np.ptp(x, axis=...)`.",
    "resize": "Use `np.resize(x, shape)`.",
    "setflags": "Arguments are read-only; work on `x.copy()`.",
    "to_numpy": "X_train is a numpy array already.",
    "tofile": _NO_FILES,
    "values": "X_train is a numpy array already.",
    "view": "Use `x.astype(...)` or `x.reshape(...)`.",
}
WRITES: Mapping[str, str] = {
    "shape": "Use `x = x.reshape(...)`.",
    "dtype": "Use `x = x.astype(...)`.",
    "flat": "Use `x[...] = value` or `x.flat[...] = value`.",
    "writeable": "Arguments are read-only; work on `x.copy()`.",
    "T": "Use `x = value.T`.",
}
BUILTINS: Mapping[str, str] = {
    "bytes": "Use lists of numbers or arrays.",
    "compile": "Write the code itself.",
    "dir": "Use `hasattr(x, 'name')`.",
    "eval": "Write the expression itself.",
    "exec": "Write the code itself.",
    "format": "Use an f-string.",
    "globals": "Pass values as arguments.",
    "hash": "Results must repeat; hashes of text do not.",
    "id": "Compare with `is`.",
    "input": "Use the arguments of the function.",
    "locals": "Use a dict.",
    "object": "Use `typing.Any` in annotations, float64 as dtype, `None` as a marker.",
    "open": _NO_FILES,
    "super": "Use plain functions.",
    "type": "Use `isinstance(x, np.ndarray)`.",
    "vars": "Use a dict.",
}
INTERNAL: Mapping[str, str] = {
    "__import__": "Import at the top.",
    "__name__": "Delete the block; the function is called from outside.",
}
_FENCE = re.compile(r"^[ \t]*```", re.MULTILINE)
_PROSE = re.compile(r"([A-Za-z]+)[\w']*,? [\w']+,? [\w']+")
_MAX_PROSE = 500  # characters of a line that is looked at
_DETECTOR = frozenset(
    {"decision_function", "decision_scores_", "fit", "fit_predict", "fit_transform", "labels_", "predict",
     "predict_proba", "score", "score_samples", "threshold_", "transform"}
)  # fmt: skip


def for_syntax(text: str) -> str:
    """Say what to send where a text that does not parse is an answer with prose or fences; else nothing."""
    lines = (line.strip() for line in text.split("\n"))
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return "Send Python alone: no prose and no ``` fences." if _FENCE.search(text) or _is_prose(first) else ""


def _is_prose(line: str) -> bool:
    """Tell whether a line begins with three words, none of them a keyword at first, and is no Python of its own."""
    begins = _PROSE.match(line)
    if begins is None or begins.group(1) in keyword.kwlist or len(line) > _MAX_PROSE:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(line)
    except (SyntaxError, ValueError):
        return True
    return False


def for_module(name: str, terms: Terms) -> str:
    """Say what to do without a module."""
    advice = _for_module(name, terms)
    return f"{advice} {_NEIGHBOURS}" if name.partition(".")[0] in ("scipy", "sklearn") else advice


def _for_module(name: str, terms: Terms) -> str:
    root = name.partition(".")[0]
    if root in ("random", "secrets"):
        generator = terms.interface.named("generator")
        return f"Draw from `{generator}`." if generator else "Draw from `np.random`."
    if root in terms.modules and root != name:
        return f"Use what `{root}` offers: it has no permitted submodule `{name.partition('.')[2]}`."
    known = MODULES.get(root)
    added = [library for library in _LIBRARIES if library in terms.modules]
    if known == _NUMPY_ONLY and added:
        return f"Write it with numpy or {' or '.join(added)}; no other library exists."
    near = nearest(name, terms.modules)
    return known or (f"The nearest permitted module is `{near}`." if near else "")


def for_member(module: str, name: str, terms: Terms) -> str:
    """Say what to use instead of a name in a permitted module."""
    generator = terms.interface.named("generator")
    if module == "numpy.random" and generator:
        return for_generator(name, generator, terms.attributes.get("generator", frozenset()))
    if module == "numpy.random" and name in _STATE:
        return "Draw from the functions of `np.random`: their generator is seeded already."
    if module == "numpy" and name in _NUMPY_ADVICE:
        return _NUMPY_ADVICE[name]
    known = {"numpy": NUMPY, "torch": TORCH}.get(module, {}).get(name)
    near = known or nearest(name, terms.modules[module])
    prefix = next((alias for alias, full in terms.aliases.items() if full == module), module)
    return f"Use `{prefix}.{near}`." if near else ""


def for_generator(name: str, generator: str, permitted: Iterable[str]) -> str:
    """Say which method of the given generator to use."""
    names = frozenset(permitted)
    if name in ("seed", "set_state", "RandomState", "get_state"):
        return f"Delete it: `{generator}` is seeded already and is the only source of randomness."
    if name == "spawn":
        return f"Use `np.random.default_rng({generator}.integers(2**32))`."
    near = GENERATOR.get(name) or (name if name in names else nearest(name, names))
    return f"Use `{generator}.{near}(...)`." if near else f"Use a method of `{generator}`, such as `standard_normal`."


def for_attribute(name: str, terms: Terms, permitted: Iterable[str]) -> str:
    """Say what to use instead of an attribute."""
    model = terms.interface.named("model")
    if name in _DETECTOR and model:
        return for_model(terms.interface)
    near = nearest(name, permitted)
    return ATTRIBUTES.get(name) or (f"The nearest permitted name is `.{near}`." if near else "")


def for_model(interface: Interface) -> str:
    """Say what the model offers."""
    model = interface.named("model") or "model"
    offers = " or ".join(f"`{model}.{name}(X)`" for name in interface.methods.get(model, ()))
    return f"Use {offers}; the model offers nothing else." if offers else f"`{model}` offers nothing; do without it."
