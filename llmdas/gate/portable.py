"""Refuses what some of the supported Pythons read and others do not, so that one source has one verdict (3.11 to 3.14).

Checked in the text, before the parser: strings, brackets and f-strings of Python 3.11's form, no template strings
(PEP 750), type statements and parameters (PEP 695), several exceptions without parentheses (PEP 758). Checked in the
tree: annotations that Python 3.14 refuses (PEP 649), and blocks nested so deep that compilers refuse or crash.
"""

from __future__ import annotations
import __future__

import ast
import keyword
import re
from collections.abc import Iterator, Mapping

from llmdas.gate import remedies
from llmdas.gate.lexical import Places, Scan, Unreadable, scan
from llmdas.gate.report import Report
from llmdas.gate.tree import Tree, children, within

MAX_BLOCKS = 15  # compilers stop at 20, or crash there (CPython issues 118544 and 156091)
_GAP = r"(?:[ \t\f]|\\\r?\n)"
_TYPE = re.compile(rf"(?:^|[;:]){_GAP}*type{_GAP}+([A-Za-z_]\w*){_GAP}*[=\[]", re.MULTILINE)
# The word comes first and what stands before it is looked at after, because Python seeks letters quickly, `\b` slowly.
_PARAMETERS = tuple(re.compile(rf"{word}(?<!\w{word}){_GAP}+[A-Za-z_]\w*{_GAP}*\[") for word in ("def", "class"))
_EXCEPT = re.compile(r"except(?<!\wexcept)\b[ \t\f]*\*?")
_BRACKETS = re.compile(r"[()\[\]{}:,]")
_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_OPENING: tuple[type[ast.AST], ...] = (
    ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar,
    ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
)  # fmt: skip
_Running = ast.NamedExpr | ast.Yield | ast.YieldFrom | ast.Await


def check_lexical(text: str, limits: Mapping[str, int], report: Report) -> Scan | None:
    """Scan the text; None when the parsers of the supported Pythons would not agree on it."""
    try:
        found = scan(text, limits["max_depth"])
    except Unreadable as error:
        line, column = Places(text).at(error.offset)
        if error.deep:
            report.add("DAS012", error.message, line=line, column=column)
        else:
            message = f"the source does not parse: {error.message}"
            report.add("DAS010", message, line=line, column=column, remedy=remedies.for_syntax(text))
        return None
    newer = sorted(_newer(found))
    for offset, name in newer:
        line, column = Places(text).at(offset)
        report.add("DAS010", f"the source does not parse on every supported Python: {name}", line=line, column=column)
    return None if newer else found


def _newer(found: Scan) -> Iterator[tuple[int, str]]:
    """Yield offset and name of syntax that only newer Pythons know."""
    for offset in found.templates:
        yield offset, "template strings are new in Python 3.14"
    for match in _TYPE.finditer(found.code) if "type" in found.code else ():
        if not keyword.iskeyword(match.group(1)):
            yield found.code.index("type", match.start()), "`type` statements are new in Python 3.12"
    for match in (match for pattern in _PARAMETERS for match in pattern.finditer(found.code)):
        yield match.start(), "type parameters are new in Python 3.12"
    for match in _EXCEPT.finditer(found.code):
        if _has_comma(found.code, match.end()):
            yield match.start(), "several exceptions without parentheses are new in Python 3.14"


def _has_comma(code: str, start: int) -> bool:
    """Tell whether a comma stands before the next colon, outside brackets."""
    depth = 0
    for match in _BRACKETS.finditer(code, start):
        sign = match.group()
        if depth == 0 and sign in ",:":
            return sign == ","
        depth += (sign in "([{") - (sign in ")]}")
    return False


def check_portable(tree: Tree, report: Report) -> bool:
    """Check annotations and nested blocks; return False when compilers would not agree on the tree.

    The tree is known to be of moderate depth.
    """
    agreed = _check_futures(tree, report)
    for node in _annotations(tree):
        for part in within(node):
            if isinstance(part, _Running):
                report.at(part, "DAS010", "an annotation that assigns, yields or awaits is refused since Python 3.14")
                agreed = False
    deep = _first_deep(tree)
    if deep is not None:
        report.at(deep, "DAS012", f"loops, try, with and comprehensions are nested more than {MAX_BLOCKS} levels deep")
    return agreed and deep is None


def _check_futures(tree: Tree, report: Report) -> bool:
    """Report the first future feature that does not exist: Python 3.14 refuses it in parsing, others in compiling."""
    for node in tree.of(ast.ImportFrom):
        unknown = [alias for alias in node.names if alias.name not in __future__.all_feature_names]
        if node.module == "__future__" and not node.level and unknown:
            message = f"there is no future feature `{unknown[0].name}`"
            report.add("DAS010", message, line=node.lineno, column=report.indent(node.lineno))
            return False
    return True


def _annotations(tree: Tree) -> Iterator[ast.expr]:
    returned = (node.returns for node in tree.among(ast.FunctionDef, ast.AsyncFunctionDef))
    given = (node.annotation for node in tree.among(ast.AnnAssign, ast.arg))
    yield from (node for node in (*returned, *given) if node is not None)


def _first_deep(tree: Tree) -> ast.AST | None:
    """Return the first node whose block is one too many for the function it stands in."""
    if sum(map(_blocks, tree.among(*_OPENING))) <= MAX_BLOCKS:
        return None  # not even if each stood in the other
    stack: list[tuple[ast.AST, int]] = [(tree.module, 0)]
    while stack:
        node, blocks = stack.pop()
        blocks = 0 if isinstance(node, _Function) else blocks + _blocks(node)
        if blocks > MAX_BLOCKS:
            return node
        stack.extend((child, blocks) for child in reversed(children(node)))
    return None


def _blocks(node: ast.AST) -> int:
    """Return how many of the compiler's blocks a node may open around what stands in it."""
    if isinstance(node, ast.For | ast.AsyncFor | ast.While):
        return 1
    if isinstance(node, ast.With | ast.AsyncWith):
        return len(node.items)
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return len(node.generators)
    return 3 if isinstance(node, ast.Try | ast.TryStar) else 0
