"""The source itself: bytes first, then text, then the tree. Finds what makes code look other than it is."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import unicodedata
import warnings
from collections import Counter
from collections.abc import Mapping

from llmdas.gate.report import Report

_BOM = b"\xef\xbb\xbf"
_LINE = re.compile(r"\r\n|\n")
_ENCODING = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*[-_.a-zA-Z0-9]+")  # PEP 263
_SUPPRESSION = re.compile(
    r"#+:?\s*(noqa|nosec|nosemgrep|nosonar|noinspection|no-?qa|type:\s*ignore|pyright:|mypy:|pyre-|pylint:|ruff:|flake8:"
    r"|bandit:|isort:|skipcq|lgtm|codeql|semgrep:|pragma:?|ast-grep-ignore|fmt:\s*(off|skip)|yapf:|llmdas:)(?![a-z])",
    re.IGNORECASE,
)
# Categories that show nothing: format, private use, unassigned, surrogate, line and paragraph separator.
_UNSEEN = frozenset({"Cf", "Co", "Cn", "Cs", "Zl", "Zp"})
# Letters and marks that show nothing although their category says otherwise.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {chr(code) for code in range(0xFE00, 0xFE10)}


def decode(source: bytes, limits: Mapping[str, int], report: Report) -> str | None:
    """Check the bytes; return the text, or None when it makes no sense to go on."""
    size = len(source)
    if size > limits["max_bytes"]:
        report.add("DAS001", f"the source has {size} bytes, at most {limits['max_bytes']} are permitted")
        return None
    if source.startswith(_BOM):
        report.add("DAS003", "the source begins with a byte order mark", line=1, column=1)
        source = source[len(_BOM) :]
    try:
        return source.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        report.add("DAS002", f"byte {error.start} (0x{source[error.start]:02x}) is not UTF-8", line=line, column=1)
        return None


def check_text(text: str, limits: Mapping[str, int], report: Report) -> None:
    """Check characters and line lengths."""
    for number, line in enumerate(_LINE.split(text), 1):
        if len(line) > limits["max_line_length"]:
            report.add(
                "DAS008",
                f"the line has {len(line)} characters, at most {limits['max_line_length']} are permitted",
                line=number,
                column=limits["max_line_length"] + 1,
            )
        _check_characters(line, number, report)
    for number, line in enumerate(_LINE.split(text)[:2], 1):
        if _ENCODING.match(line):
            report.add("DAS007", "the source declares an encoding", line=number, column=line.index("#") + 1)


def _check_characters(text: str, line: int, report: Report) -> None:
    """Report the first control character and the first invisible one of a line."""
    seen: set[str] = set()
    for column, character in enumerate(text, 1):
        rule, kind = _unwanted(character)
        if rule and rule not in seen:
            seen.add(rule)
            message = f"the {kind} character U+{ord(character):04X} is not permitted"
            report.add(rule, message, line=line, column=column)


def _unwanted(character: str) -> tuple[str, str]:
    if " " <= character <= "~" or character == "\t":
        return "", ""
    category = unicodedata.category(character)
    if category == "Cc":
        return "DAS004", "control"
    return ("DAS005", "invisible") if category in _UNSEEN or character in _BLANK else ("", "")


def parse(text: str, report: Report) -> ast.Module | None:
    """Parse the text; a failure is a finding and gives None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        message = f"the source does not parse: {error.msg}"
        report.add("DAS010", message, line=error.lineno or 0, column=max(error.offset or 1, 1))
    except (RecursionError, MemoryError):
        report.add("DAS012", "the source is nested too deep to be parsed")
    except ValueError as error:
        report.add("DAS010", f"the source does not parse: {error}")
    return None


def check_tree(tree: ast.Module, limits: Mapping[str, int], report: Report) -> bool:
    """Check size, depth and literals without recursion; return False when the tree is too large or deep to go on."""
    nodes, stack = 0, [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        nodes += 1
        if nodes > limits["max_nodes"]:
            report.add("DAS011", f"the program has more than {limits['max_nodes']} syntax nodes")
            return False
        if depth > limits["max_depth"]:
            line, column = report.place(node)
            message = f"code is nested more than {limits['max_depth']} levels deep"
            report.add("DAS012", message, line=line, column=column)
            return False
        _check_literal(node, limits["max_literal_bytes"], report)
        stack.extend((child, depth + 1) for child in ast.iter_child_nodes(node))  # type: ignore[misc] # any node
    return True


def _check_literal(node: ast.AST, bound: int, report: Report) -> None:
    size = 0
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            size = len(node.value.encode("utf-8", "surrogatepass"))
        elif isinstance(node.value, bytes):
            size = len(node.value)
        elif isinstance(node.value, int):
            size = node.value.bit_length() * 4  # no number of use has more bits than fit a float's range
    elif isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict):
        parts = node.values if isinstance(node, ast.Dict) else node.elts
        size = 8 * sum(isinstance(part, ast.Constant) for part in parts)
    if size > bound:
        report.at(node, "DAS013", f"a literal of about {size} bytes is not permitted, at most {bound} are")


def check_tokens(text: str, tree: ast.Module, report: Report) -> None:
    """Check comments for suppressions and names for characters outside ASCII."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        line, column = token.start[0], token.start[1] + 1
        if token.type == tokenize.COMMENT:
            found = _SUPPRESSION.search(token.string)
            if found:
                message = f"the comment `{found.group().strip()}` would silence a checker"
                report.add("DAS009", message, line=line, column=column + found.start())
        elif token.type == tokenize.NAME and not token.string.isascii():
            _refuse_name(token.string, line, column, report)
    _check_embedded_names(text, tree, report)


def _refuse_name(name: str, line: int, column: int, report: Report) -> None:
    normal = unicodedata.normalize("NFKC", name)
    message = f"the name {name!a} is not ASCII" + (f" and is read as `{normal}`" if normal.isascii() else "")
    report.add("DAS006", message, line=line, column=column)


def _check_embedded_names(text: str, tree: ast.Module, report: Report) -> None:
    """Find names outside ASCII within f-strings, which are single tokens before Python 3.12.

    Whatever is not ASCII in an f-string's source must stand in its text parts.
    """
    if text.isascii():
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            segment = ast.get_source_segment(text, node) or ""
            parts = (n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str))
            beyond = Counter(c for c in segment if not c.isascii()) - Counter("".join(parts))
            if beyond:
                report.at(node, "DAS006", "an f-string embeds a name that is not ASCII")
