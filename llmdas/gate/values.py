"""Classes and constructors of numpy in places where a reviewer cannot follow what becomes of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from llmdas.gate.imports import Imports
from llmdas.gate.report import Report
from llmdas.gate.scopes import Names
from llmdas.gate.terms import Terms
from llmdas.gate.tree import Tree

_CLASSES = frozenset({"numpy.ndarray", "numpy.typing.NDArray", "numpy.random.Generator", "torch.Tensor"})
_MAKERS = frozenset({"numpy.random.default_rng"})
_LAST_NAMES = frozenset(name.rpartition(".")[2] for name in _CLASSES | _MAKERS)
# A pattern rule says more about a call of these (DAS401, DAS402, DAS405), where it sees their usual name.
_CALLED_BY_PATTERN = frozenset({"numpy.dtype", "numpy.ndarray", "numpy.random.default_rng"})
_KEYED = frozenset({"numpy.c_", "numpy.r_", "numpy.s_"})
_GENERATOR = "Use the given generator, or `np.random.default_rng(rng.integers(2**32))`."
_REMEDIES = {
    "numpy.random.Generator": _GENERATOR,
    "numpy.random.default_rng": _GENERATOR,
    "torch.Tensor": "Make tensors with `torch.tensor`, which copies; keep the class for annotations and isinstance.",
}
_Typed = ast.Subscript | ast.BinOp | ast.Tuple | ast.List


def check_values(tree: Tree, names: Names, imports: Imports, terms: Terms, report: Report) -> None:
    """Report classes outside annotations and isinstance, constructors that are not called, and text keys of `np.r_`."""
    aliases, types = _aliases(names, imports, terms)
    harmless = {id(part) for root in (*_annotations(tree), *_asked(tree), *types) for part in _parts(root)}
    called = {id(node.func) for node in tree.of(ast.Call)}
    for node in _candidates(tree, aliases, imports):
        full = _named(node, aliases, imports, terms)
        if full in _CALLED_BY_PATTERN and id(node) in called:
            if not _is_spelt(node, full):
                _report(node, full, report)
        elif full in _MAKERS or (full in _CLASSES and id(node) not in harmless):
            _report(node, full, report)
    single = {name: found[0].value for name, found in names.bindings.items() if len(found) == 1}
    for subscript in tree.of(ast.Subscript):
        if imports.full_name(_bound_to(subscript.value, single), terms) in _KEYED:
            _check_key(subscript, single, report)


def _candidates(tree: Tree, aliases: Mapping[str, str], imports: Imports) -> Iterator[ast.expr]:
    """Yield the few expressions that may name a class or constructor, judged by their last name alone."""
    named = _CLASSES | _MAKERS | _CALLED_BY_PATTERN
    bound = aliases.keys() | {name for name, full in imports.members.items() if full in named}
    yield from (node for node in tree.of(ast.Name) if node.id in bound)
    yield from (node for node in tree.of(ast.Attribute) if node.attr in _LAST_NAMES)
    yield from (node for node in tree.of(ast.Call) if isinstance(node.func, ast.Name) and node.func.id == "getattr")


def _report(node: ast.AST, full: str, report: Report) -> None:
    report.at(node, "DAS216", f"`{full}` is used as a value", remedy=_REMEDIES.get(full, ""))


def _is_spelt(node: ast.expr, full: str) -> bool:
    """Tell whether an expression ends in the usual name, so that the text shows what is called."""
    name = node.attr if isinstance(node, ast.Attribute) else (node.id if isinstance(node, ast.Name) else "")
    return name == full.rpartition(".")[2]


def _bound_to(node: ast.expr, single: Mapping[str, ast.expr | None]) -> ast.expr:
    """Return what a name stands for that is bound once, else the expression itself."""
    return (single.get(node.id) or node) if isinstance(node, ast.Name) else node


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

    Such a name is then judged like the class itself. A type may be built of another one's name, so what is found is
    passed on along those names, each time once; of several classes the first by name counts, whatever the order.
    """
    single = {name: found[0].value for name, found in names.bindings.items() if len(found) == 1}
    candidates = {name: value for name, value in single.items() if value is not None and _is_type(value)}
    classes: dict[str, set[str]] = {}
    users: dict[str, list[str]] = {}
    for name, value in candidates.items():
        parts = list(_parts(value))
        classes[name] = {_named(part, {}, imports, terms) for part in parts} & _CLASSES
        for part in parts:
            if isinstance(part, ast.Name) and part.id in candidates:
                users.setdefault(part.id, []).append(name)
    ready = [name for name, found in classes.items() if found]
    while ready:
        name = ready.pop()
        for user in users.get(name, ()):
            if not classes[name] <= classes[user]:
                classes[user] |= classes[name]
                ready.append(user)
    aliases = {name: min(found) for name, found in classes.items() if found}
    return aliases, [candidates[name] for name in aliases]


def _is_type(node: ast.expr) -> bool:
    """Tell whether an expression looks like a type: a name, a name with parameters, or a union of such."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.BitOr)
    return isinstance(node.value if isinstance(node, ast.Subscript) else node, ast.Name | ast.Attribute)


def _annotations(tree: Tree) -> Iterator[ast.expr]:
    given = (node.annotation for node in tree.among(ast.arg, ast.AnnAssign))
    returned = (node.returns for node in tree.of(ast.FunctionDef))
    yield from (node for node in (*given, *returned) if node is not None)


def _asked(tree: Tree) -> Iterator[ast.expr]:
    """Yield the second arguments of isinstance and issubclass; the names cannot be bound again (DAS211)."""
    for node in tree.of(ast.Call):
        named = node.func.id if isinstance(node.func, ast.Name) else ""
        if named in ("isinstance", "issubclass") and len(node.args) == 2:
            yield node.args[1]


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    """Yield an expression and what stands in it as a type: in tuples, in unions, under subscripts; not in calls."""
    yield node
    if isinstance(node, _Typed):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                yield from _parts(child)


def _check_key(node: ast.Subscript, single: Mapping[str, ast.expr | None], report: Report) -> None:
    key = node.slice
    for part in key.elts if isinstance(key, ast.Tuple) else (key,):
        if _holds_text(_bound_to(part.value if isinstance(part, ast.Starred) else part, single)):
            report.at(part, "DAS217", f"`{ast.unparse(node.value)}` is indexed by text")


def _holds_text(node: ast.expr) -> bool:
    """Tell whether an expression is a text, puts one together or holds one."""
    if isinstance(node, ast.BinOp):
        return _holds_text(node.left) or _holds_text(node.right)
    if isinstance(node, ast.Tuple | ast.List):
        return any(_holds_text(part) for part in node.elts)
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
