"""The source itself: bytes first, then text, then the tree. Finds what makes code look other than it is."""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings
from collections.abc import Mapping

from llmdas.gate import remedies
from llmdas.gate.characters import is_control, is_unseen
from llmdas.gate.lexical import Places, Scan, first_line
from llmdas.gate.report import Report
from llmdas.gate.tree import Tree

_BOM = b"\xef\xbb\xbf"
_LINE = re.compile(r"\r\n|\n")
_BARE_RETURN = re.compile(r"\r(?!\n)")
_ENCODING = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*[-_.a-zA-Z0-9]+")  # PEP 263
# Begins at a run of number signs and never goes back into it, so a long run costs no more than its length.
_SUPPRESSION = re.compile(
    r"(?<!#)#++:?\s*+((noqa|nosec|nosem(grep)?|nosonar|nolint|noinspection|no-qa|skipcq|lgtm|codeql|pragma"
    r"|(type|ty|pyrefly|zuban|devskim|pylama):\s*ignore)(?![a-z])|pyre-(ignore|fixme)|trunk-ignore|sourcery skip"
    r"|deepcode ignore|(autopep8|fmt|bandit):\s*(off|skip)|(basedpyright|checkov|flake8|gitleaks|isort|llmdas|mypy"
    r"|pylint|pyright|pytype|ruff|semgrep|yapf):)|ast-grep-ignore|\bpylint:\s*(disable|skip)|\bisort:\s*skip",
    re.IGNORECASE,
)
_FOREIGN_NAME = re.compile(r"[A-Za-z0-9_]*[^\x00-\x7f][A-Za-z0-9_\x80-\U0010ffff]*")
_COMMENTED = re.compile(r"[ \t]*#")
_UNUSUAL = re.compile(r"[^\t -~]")
_LITERALS = (ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Constant)  # of two at one place the outer one is told
_PLACED_DEPTH = 100  # every supported Python parses this deep; beyond, some give no tree and so no place


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
        begin, line = source.rfind(b"\n", 0, error.start) + 1, source.count(b"\n", 0, error.start) + 1
        column = len(source[begin : error.start].decode("utf-8")) + 1
        report.add("DAS002", f"byte {error.start} (0x{source[error.start]:02x}) is not UTF-8", line=line, column=column)
        return None


def check_text(text: str, limits: Mapping[str, int], report: Report) -> bool:
    """Check characters and line lengths; of lines that begin with ``#`` see `check_commented`.

    Return False where a bare carriage return stands: Python ends a line there and most others do not, so no further
    finding would have a place that both agree on.
    """
    for number, line in enumerate(_LINE.split(text), 1):
        if len(line) > limits["max_line_length"] and not _COMMENTED.match(line):
            _refuse_length(line, number, limits["max_line_length"], report)
        if _UNUSUAL.search(line):
            _check_characters(line, number, report)
    for number, line in enumerate(_LINE.split(text)[:2], 1):
        if _ENCODING.match(line):
            report.add("DAS007", "the source declares an encoding", line=number, column=line.index("#") + 1)
    if "\0" in text:
        line, column = Places(text).at(text.index("\0"))
        report.add("DAS010", "the source does not parse: it contains a null byte", line=line, column=column)
    return _BARE_RETURN.search(text) is None


def check_commented(text: str, found: Scan, limits: Mapping[str, int], report: Report) -> None:
    """Check the length of lines that begin with ``#``: prose may run on, but a string can end far to the right."""
    places = Places(text)
    comments = {places.at(offset) for offset, _ in found.comments}
    for number, line in enumerate(_LINE.split(text), 1):
        begins = _COMMENTED.match(line) if len(line) > limits["max_line_length"] else None
        if begins and (number, begins.end()) not in comments:
            _refuse_length(line, number, limits["max_line_length"], report)


def _refuse_length(line: str, number: int, bound: int, report: Report) -> None:
    message = f"the line has {len(line)} characters, at most {bound} are permitted"
    report.add("DAS008", message, line=number, column=bound + 1)


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
    if is_control(character) and character != "\0":  # no parser takes that one, see `check_text`
        return "DAS004", "control"
    return ("DAS005", "invisible") if is_unseen(character) else ("", "")


def parse(text: str, found: Scan, report: Report) -> ast.Module | None:
    """Parse the scanned text; a failure is a finding and gives None.

    Its place is where the statement begins, for the supported Pythons do not agree on more; the message adds the line
    that this one means. Of null bytes `check_text` has told.
    """
    if "\0" in text:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError) as error:
        meant = getattr(error, "lineno", None) or 0
        line = first_line(found, meant)
        message = f"the source does not parse: {getattr(error, 'msg', error)}"
        message += f" (line {meant})" if meant != line else ""
        report.add("DAS010", message, line=line, column=report.indent(line), remedy=remedies.for_syntax(text))
    except (RecursionError, MemoryError):
        report.add("DAS012", "the source is nested too deep to be parsed")
    return None


def check_tree(tree: Tree, limits: Mapping[str, int], report: Report) -> bool:
    """Check size, depth and literals without recursion; return False when the tree is too large or deep to go on."""
    too_deep = tree.levels[limits["max_depth"] + 1 :]
    beyond = {id(node) for level in too_deep for node in level}
    for kind in _LITERALS:
        for node in tree.of(kind):
            if id(node) not in beyond:
                _check_literal(node, limits["max_literal_bytes"], report)
    if too_deep and len(tree.levels) - 1 > _PLACED_DEPTH:
        report.add("DAS012", "the source is nested too deep to be parsed")
    elif len(tree.nodes) > limits["max_nodes"]:
        report.add("DAS011", f"the program has more than {limits['max_nodes']} syntax nodes")
    elif too_deep:
        report.at(too_deep[0][-1], "DAS012", f"code is nested more than {limits['max_depth']} levels deep")
    return not too_deep and len(tree.nodes) <= limits["max_nodes"]


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


def check_tokens(text: str, found: Scan, report: Report) -> None:
    """Check comments for suppressions and names for characters outside ASCII, in fields of f-strings too."""
    places = Places(text)
    for offset, comment in found.comments:
        silencing = _SUPPRESSION.search(comment)
        if silencing:
            line, column = places.at(offset + silencing.start())
            message = f"the comment `{silencing.group().strip()}` would silence a checker"
            report.add("DAS009", message, line=line, column=column)
    if not found.code.isascii():
        for name in _FOREIGN_NAME.finditer(found.code):
            _refuse_name(name.group(), *places.at(name.start()), report)


def _refuse_name(name: str, line: int, column: int, report: Report) -> None:
    normal = unicodedata.normalize("NFKC", name)
    message = f"the name {name!a} is not ASCII" + (f" and is read as `{normal}`" if normal.isascii() else "")
    report.add("DAS006", message, line=line, column=column)
