"""Classes and constructors of numpy in places where a reviewer cannot follow what becomes of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from llmdas.gate.imports import Imports
from llmdas.gate.report import Report
from llmdas.gate.scopes import Names
from llmdas.gate.terms import Terms

_CLASSES = frozenset({"numpy.ndarray", "numpy.typing.NDArray", "numpy.random.Generator"})
_MAKERS = frozenset({"numpy.random.default_rng"})
_CALLED_BY_PATTERN = frozenset({"numpy.ndarray"})  # DAS405 says more about a call
_KEYED = frozenset({"numpy.c_", "numpy.r_", "numpy.s_"})
_GENERATOR = "Use the given generator, or `np.random.default_rng(rng.integers(2**32))`."
_Typed = ast.Subscript | ast.BinOp | ast.Tuple | ast.List


def check_values(tree: ast.Module, names: Names, imports: Imports, terms: Terms, report: Report) -> None:
    """Report classes outside annotations and isinstance, constructors that are not called, and text keys of `np.r_`."""
    aliases, types = _aliases(names, imports, terms)
    harmless = {id(part) for root in (*_annotations(tree), *_asked(tree), *types) for part in _parts(root)}
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        full = _named(node, aliases, imports, terms)
        if full in _CLASSES and id(node) not in harmless:
            if not (full in _CALLED_BY_PATTERN and id(node) in called and not _is_alias(node, aliases)):
                _report(node, full, report)
        elif full in _MAKERS and id(node) not in called:
            _report(node, full, report)
        if isinstance(node, ast.Subscript) and imports.full_name(node.value, terms) in _KEYED:
            _check_key(node, report)


def _report(node: ast.AST, full: str, report: Report) -> None:
    random = full.startswith("numpy.random.")
    report.at(node, "DAS216", f"`{full}` is used as a value", remedy=_GENERATOR if random else "")


def _is_alias(node: ast.AST, aliases: dict[str, str]) -> bool:
    return isinstance(node, ast.Name) and node.id in aliases


def _named(node: ast.AST, aliases: dict[str, str], imports: Imports, terms: Terms) -> str:
    """Return the full name of a class or constructor that a node reads, by its name, an alias or getattr."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        return aliases.get(node.id) or imports.full_name(node, terms) or ""
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        return imports.full_name(node, terms) or ""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr" and node.args[1:]:
        owner, name = node.args[:2]
        module = imports.module_of(owner, terms)
        if module and isinstance(name, ast.Constant) and isinstance(name.value, str):
            return f"{module}.{name.value}"
    return ""


def _aliases(names: Names, imports: Imports, terms: Terms) -> tuple[dict[str, str], list[ast.expr]]:
    """Return names that are bound once, to a type such as ``NDArray[np.float64]``, and the expressions bound to them.

    Such a name is then judged like the class itself.
    """
    aliases: dict[str, str] = {}
    types: list[ast.expr] = []
    single = {name: found[0].value for name, found in names.bindings.items() if len(found) == 1}
    candidates = {name: value for name, value in single.items() if value is not None and _is_type(value)}
    changed = True
    while changed:  # a type may be built of another one's name
        changed = False
        for name in candidates.keys() - aliases.keys():
            named = {_named(part, aliases, imports, terms) for part in _parts(candidates[name])} & _CLASSES
            if named:
                aliases[name] = min(named)
                types.append(candidates[name])
                changed = True
    return aliases, types


def _is_type(node: ast.expr) -> bool:
    """Tell whether an expression looks like a type: a name, a name with parameters, or a union of such."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.BitOr)
    return isinstance(node.value if isinstance(node, ast.Subscript) else node, ast.Name | ast.Attribute)


def _annotations(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        found = (
            node.annotation
            if isinstance(node, ast.arg | ast.AnnAssign)
            else (node.returns if isinstance(node, ast.FunctionDef) else None)
        )
        if found is not None:
            yield found


def _asked(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield the second arguments of isinstance and issubclass; the names cannot be bound again (DAS211)."""
    for node in ast.walk(tree):
        named = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        if isinstance(node, ast.Call) and named in ("isinstance", "issubclass") and len(node.args) == 2:
            yield node.args[1]


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    """Yield an expression and what stands in it as a type: in tuples, in unions, under subscripts; not in calls."""
    yield node
    if isinstance(node, _Typed):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                yield from _parts(child)


def _check_key(node: ast.Subscript, report: Report) -> None:
    key = node.slice
    for part in key.elts if isinstance(key, ast.Tuple) else (key,):
        text = isinstance(part, ast.Constant) and isinstance(part.value, str)
        if text or isinstance(part, ast.JoinedStr):
            report.at(part, "DAS217", f"`{ast.unparse(node.value)}` is indexed by text")
