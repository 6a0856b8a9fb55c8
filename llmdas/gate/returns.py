"""Whether every way through the function ends in returning something that can be the array asked for."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from llmdas.gate.report import Report
from llmdas.gate.tree import Tree, children, within

_Definition = ast.FunctionDef | ast.AsyncFunctionDef
_Inner = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef


def check_returns(node: _Definition, tree: Tree, kinds: Mapping[str, str], report: Report) -> None:
    """Check the returns of a function of the tree, those of functions inside it left out.

    Args:
        node: the function.
        tree: the whole program.
        kinds: parameter of the interface -> its kind.
        report: takes the findings.
    """
    unchanged: frozenset[str] | None = None
    yields = bool(tree.of(ast.Yield) or tree.of(ast.YieldFrom))
    for inner in _own(node, expressions=yields):
        if isinstance(inner, ast.Yield | ast.YieldFrom):
            report.at(inner, "DAS105", f"`{node.name}` is a generator")
        elif isinstance(inner, ast.Return):
            if isinstance(inner.value, ast.Name):
                unchanged = _unchanged(node) if unchanged is None else unchanged
                if inner.value.id in unchanged:
                    _refuse_argument(inner, inner.value.id, kinds, report)
                continue
            _check_value(inner, inner.value, report)
    if not _ends(node.body):
        report.at(node.body[-1], "DAS108", f"`{node.name}` can come to its end without returning the array")


def _refuse_argument(node: ast.Return, name: str, kinds: Mapping[str, str], report: Report) -> None:
    rows = kinds.get(name) == "rows"
    why = "; rows equal to training rows are refused" if rows else " instead of the array"
    report.at(node, "DAS109", f"this returns the argument `{name}`{why}")


def _unchanged(node: _Definition) -> frozenset[str]:
    """Return the parameters that nothing inside the function binds again, functions inside it included."""
    bound: set[str | None] = set()
    for inner in within(node):
        if isinstance(inner, ast.Name) and not isinstance(inner.ctx, ast.Load):
            bound.add(inner.id)
        elif isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler):
            bound.add(inner.name)
        elif isinstance(inner, ast.alias):
            bound.add((inner.asname or inner.name).partition(".")[0])
    return frozenset(argument.arg for argument in node.args.args) - bound


def _check_value(node: ast.Return, value: ast.expr | None, report: Report) -> None:
    if isinstance(value, ast.IfExp):
        _check_value(node, value.body, report)
        _check_value(node, value.orelse, report)
    elif value is None or (isinstance(value, ast.Constant) and value.value is None):
        report.at(node, "DAS108", "this returns None instead of the array")
    elif isinstance(value, ast.Tuple) and value.elts:
        report.at(node, "DAS110", f"this returns {len(value.elts)} values instead of one array")
    elif _is_literal(value):
        report.at(node, "DAS109", "this returns a constant instead of the array")


def _is_literal(node: ast.expr) -> bool:
    if isinstance(node, ast.List | ast.Set | ast.Tuple):
        return all(_is_literal(part) for part in node.elts)
    if isinstance(node, ast.Dict):
        return all(_is_literal(part) for part in (*node.values, *(key for key in node.keys if key)))
    if isinstance(node, ast.UnaryOp):
        return _is_literal(node.operand)
    if isinstance(node, ast.BinOp):
        return _is_literal(node.left) and _is_literal(node.right)
    return isinstance(node, ast.Constant | ast.JoinedStr | ast.Lambda)


def _own(node: ast.AST, *, expressions: bool) -> Iterator[ast.AST]:
    """Yield the nodes inside without entering inner functions, nor expressions unless asked to."""
    stack = [node]
    while stack:
        for child in children(stack.pop()):
            yield child
            if not isinstance(child, _Inner) and (expressions or not isinstance(child, ast.expr)):
                stack.append(child)


def _ends(body: Sequence[ast.stmt]) -> bool:
    """Tell whether control never falls off the end of these statements."""
    return any(_stops(statement) for statement in body)


def _stops(node: ast.stmt) -> bool:
    if isinstance(node, ast.Return | ast.Raise):
        return True
    if isinstance(node, ast.If):
        return _ends(node.body) and _ends(node.orelse)
    if isinstance(node, ast.With):
        return _ends(node.body)
    if isinstance(node, ast.Try):
        handled = all(_ends(handler.body) for handler in node.handlers)
        return _ends(node.finalbody) or (handled and (_ends(node.body) or _ends(node.orelse)))
    if isinstance(node, ast.For | ast.While):
        endless = isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and bool(node.test.value)
        return (endless or _ends(node.orelse)) and not _breaks(node.body)
    return False


def _breaks(body: Sequence[ast.stmt]) -> bool:
    """Tell whether a loop with this body has a `break` of its own."""
    for statement in body:
        if isinstance(statement, ast.Break):
            return True
        if isinstance(statement, ast.For | ast.While):
            if _breaks(statement.orelse):
                return True
            continue
        blocks = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
        blocks += [handler.body for handler in getattr(statement, "handlers", [])]
        if not isinstance(statement, _Inner) and any(_breaks(block) for block in blocks):
            return True
    return False
