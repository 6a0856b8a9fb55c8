"""The program's outside: exactly the function that the contract names, and a module level where nothing runs."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from llmdas.gate.report import Report
from llmdas.gate.returns import check_returns
from llmdas.gate.terms import Interface
from llmdas.gate.tree import Tree, within

_Definition = ast.FunctionDef | ast.AsyncFunctionDef
# Calls of these compute a number from numbers or types and do nothing else.
_PURE_BUILTINS = frozenset({"float", "int"})
_PURE_NUMPY = frozenset({"finfo", "float64", "iinfo"})


def check_interface(tree: Tree, interface: Interface, report: Report) -> frozenset[int]:
    """Check the function and the module level; return the lines that are to be deleted because they run at import."""
    body = tree.module.body
    definitions = [node for node in body if isinstance(node, _Definition) and node.name == interface.function]
    _check_presence(tree, definitions, interface, report)
    for definition in definitions[1:]:
        report.at(definition, "DAS102", f"`{interface.function}` is defined a second time")
    for definition in definitions[:1]:
        _check_head(definition, interface, report)
        check_returns(definition, tree, interface.kinds, report)
    bound = _bound(tree)
    for node in body:
        if isinstance(node, _Definition):
            _check_what_runs(node, bound, report)
    return _check_module_level(body, bound, report)


def _check_presence(tree: Tree, definitions: list[_Definition], interface: Interface, report: Report) -> None:
    name, bound_otherwise = interface.function, False
    for statement in tree.module.body:
        if not isinstance(statement, _Definition | ast.ClassDef):
            for node in _binders(statement, name):
                bound_otherwise = True
                report.at(node, "DAS107", f"`{name}` is bound by something else than `def`", remedy=_head(interface))
    if definitions or bound_otherwise:
        return
    nested = [node for node in tree.nodes if isinstance(node, _Definition) and node.name == name]
    if nested:
        report.at(nested[0], "DAS101", f"`{name}` is not defined at module level", remedy=_head(interface))
    else:
        report.add("DAS101", f"`{name}` is not defined", remedy=_head(interface))


def _binders(statement: ast.stmt, name: str) -> Iterable[ast.AST]:
    for node in within(statement):
        bound = (
            (node.asname or node.name)
            if isinstance(node, ast.alias)
            else (node.id if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else None)
        )
        if bound == name:
            yield node


def _head(interface: Interface) -> str:
    return f"Write `def {interface.signature}:` at module level."


def _check_head(node: _Definition, interface: Interface, report: Report) -> None:
    if isinstance(node, ast.AsyncFunctionDef):
        report.at(node, "DAS105", f"`{node.name}` is a coroutine")
    for decorator in node.decorator_list:
        report.at(decorator, "DAS106", f"`{node.name}` has a decorator")
    arguments = node.args
    special = [*arguments.posonlyargs, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    odd = [argument for argument in special if argument is not None]
    for argument in odd:
        report.at(argument, "DAS104", f"`{argument.arg}` is not a plain positional parameter", remedy=_head(interface))
    for argument, _ in _defaults(arguments):
        if argument not in odd:  # at the parameter, so that what the default itself breaks is told as well
            report.at(argument, "DAS104", f"`{argument.arg}` has a default", remedy=_head(interface))
    given = tuple(argument.arg for argument in arguments.args)
    if given != interface.parameters and not odd:
        message = f"`{node.name}` takes ({', '.join(given)}), not ({', '.join(interface.parameters)})"
        report.at(node, "DAS103", message, remedy=_head(interface))


def _defaults(arguments: ast.arguments) -> Iterable[tuple[ast.arg, ast.expr]]:
    positional = [*arguments.posonlyargs, *arguments.args]
    yield from zip(positional[len(positional) - len(arguments.defaults) :], arguments.defaults, strict=True)
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            yield argument, default


def _check_what_runs(node: _Definition, bound: frozenset[str], report: Report) -> None:
    """Defaults and annotations of module-level functions run at import, so they must be constants."""
    arguments = node.args
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
    for default in (*arguments.defaults, *arguments.kw_defaults):
        if default is not None and not _is_constant(default, bound):
            report.at(default, "DAS112", "a default is computed when the function is defined")
    annotations = [argument.annotation for argument in every if argument is not None]
    for annotation in (*annotations, node.returns):
        if annotation is not None and not _is_constant(annotation):
            report.at(annotation, "DAS111", "an annotation runs code", remedy="Write a plain type or none.")


def _bound(tree: Tree) -> frozenset[str]:
    """Return every name that the program binds in any way, so that none of them counts as the builtin."""
    functions = {node.name for node in tree.among(ast.FunctionDef, ast.AsyncFunctionDef)}
    classes = {node.name for node in tree.of(ast.ClassDef)}
    imports = {(node.asname or node.name).partition(".")[0] for node in tree.of(ast.alias)}
    parameters = {node.arg for node in tree.of(ast.arg)}
    values = {node.id for node in tree.of(ast.Name) if not isinstance(node.ctx, ast.Load)}
    return frozenset(functions | classes | imports | parameters | values)


def _check_module_level(body: Sequence[ast.stmt], bound: frozenset[str], report: Report) -> frozenset[int]:
    """Report each run of statements that would execute once, at its first one."""
    idle: set[int] = set()
    run: list[ast.stmt] = []
    for statement in (*body, None):
        if statement is not None and not _is_harmless(statement, bound):
            run.append(statement)
            continue
        if run:
            _report_run(run, report)
            idle.update(range(run[0].lineno, (run[-1].end_lineno or run[-1].lineno) + 1))
        run = []
    return frozenset(idle)


def _report_run(run: list[ast.stmt], report: Report) -> None:
    first, last = run[0], run[-1].end_lineno or run[-1].lineno
    where = f"these {last - first.lineno + 1} lines run" if last > first.lineno else "this runs"
    rule = "DAS112" if isinstance(first, ast.Assign | ast.AnnAssign) else "DAS111"
    report.at(first, rule, f"{where} when the program is loaded, before the function is called")


def _is_harmless(statement: ast.stmt, bound: frozenset[str]) -> bool:
    if isinstance(statement, _Definition | ast.ClassDef | ast.Import | ast.ImportFrom | ast.Pass):
        return True  # their insides are checked elsewhere, classes are refused as syntax
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    if isinstance(statement, ast.Assign):
        return all(isinstance(t, ast.Name) for t in statement.targets) and _is_constant(statement.value, bound)
    if isinstance(statement, ast.AnnAssign):
        plain = isinstance(statement.target, ast.Name) and _is_constant(statement.annotation)
        return plain and (statement.value is None or _is_constant(statement.value, bound))
    return type(statement).__name__ == "TypeAlias"  # refused as syntax


def _is_constant(node: ast.expr, bound: frozenset[str] | None = None) -> bool:
    """Tell whether an expression only puts constants, types and functions together.

    Args:
        node: the expression.
        bound: names that the program binds, where calls of pure functions on constants count as constants; None where
            no call may stand, as in annotations.
    """
    if isinstance(node, ast.Constant | ast.Name):
        return True
    if isinstance(node, ast.Lambda):  # its body runs later, its defaults run now
        return _all_constant([*node.args.defaults, *(part for part in node.args.kw_defaults if part)], bound)
    if isinstance(node, ast.Attribute):
        return _is_constant(node.value, bound)
    if isinstance(node, ast.Call):
        return bound is not None and _is_pure(node.func, bound) and _all_constant([*node.args, *node.keywords], bound)
    permitted = (
        ast.UnaryOp | ast.BinOp | ast.BoolOp | ast.Tuple | ast.List | ast.Set | ast.Dict | ast.Subscript | ast.Slice
    )
    return isinstance(node, permitted) and _all_constant(ast.iter_child_nodes(node), bound)


def _all_constant(nodes: Iterable[ast.AST], bound: frozenset[str] | None) -> bool:
    values = (node.value if isinstance(node, ast.keyword) else node for node in nodes)
    return all(_is_constant(value, bound) for value in values if isinstance(value, ast.expr))


def _is_pure(function: ast.expr, bound: frozenset[str]) -> bool:
    if isinstance(function, ast.Name):
        return function.id in _PURE_BUILTINS and function.id not in bound
    return isinstance(function, ast.Attribute) and function.attr in _PURE_NUMPY and isinstance(function.value, ast.Name)
