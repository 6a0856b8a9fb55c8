"""From an answer to a program or a description; nothing is ever executed, and no text whatsoever raises.

Fences follow CommonMark 0.31, section 4.5, except that an opening fence may be indented by any amount.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from typing import Literal

from llmdas.llm.interface import ChatAnswer
from llmdas.program import Program

MAX_DESCRIPTION = 8_000
_MAX_ANSWER = 1 << 20
# Beyond this no program is accepted anyway; it also keeps Python's parser far from its own limits.
_MAX_PARSED = 64 << 10

FaultKind = Literal["cut_off", "no_code", "many_blocks", "unclosed", "empty", "too_long", "not_text"]

_REASONING = re.compile(r"\A(?:\s*<(think|thinking|reasoning)>.*?(?:</\1>|\Z))+", re.DOTALL | re.IGNORECASE)
# Some servers drop the opening tag: all up to the last closing tag that stands on a line of its own is reasoning.
_HEADLESS = re.compile(r"\A.*^[ \t]*</(?:think|thinking|reasoning)>[ \t]*$", re.DOTALL | re.MULTILINE | re.IGNORECASE)
_REASONING_ENDS = ("</think>", "</thinking>", "</reasoning>")
_OPENING = re.compile(r"(?P<indent>[ \t]*)(?P<fence>`{3,}(?=[^`]*\Z)|~{3,})(?P<info>.*)", re.DOTALL)
_PYTHON_TAGS = ("python", "py", "python3", "py3")
_CUT_OFF = ("length", "max_tokens")


@dataclass(frozen=True, slots=True)
class ExtractionFault:
    """Why an answer yields nothing: data, repairable.

    Attributes:
        kind: what sort of fault.
        message: one sentence for the repair request, saying what to answer instead.
    """

    kind: FaultKind
    message: str


@dataclass(frozen=True, slots=True)
class _Block:
    """One closed fence: its language tag in lower case, and its text, every line ended by a newline."""

    tag: str
    text: str


def extract_program(answer: ChatAnswer, function: str) -> Program | ExtractionFault:
    """Return the one program of an answer, byte for byte as in its fenced block (Windows newlines become \\n).

    `function` is the name of the function that a program has to define; it decides only where fences do not.
    """
    text = _clean(answer)
    if isinstance(text, ExtractionFault):
        return text
    blocks = _fenced(text)
    if isinstance(blocks, ExtractionFault):
        return blocks
    if not blocks:
        return _unfenced(text, function)
    block = blocks[0] if len(blocks) == 1 else _one_of(blocks, function)
    if block is None:
        return ExtractionFault(
            "many_blocks",
            f"The answer holds {len(blocks)} code blocks; put the whole program, which defines {function}, into one.",
        )
    return _program(block, function)


def extract_description(answer: ChatAnswer) -> str | ExtractionFault:
    """Return the answer's text without reasoning and surrounding space, at most MAX_DESCRIPTION characters."""
    text = _clean(answer)
    if isinstance(text, ExtractionFault):
        return text
    text = _HEADLESS.sub("", text, count=1).strip()
    if not text:
        return ExtractionFault("empty", "The answer is empty; answer with the description as plain text.")
    if len(text) > MAX_DESCRIPTION:
        return ExtractionFault(
            "too_long", f"The description has {len(text)} characters; keep it to at most {MAX_DESCRIPTION}."
        )
    return text


def _clean(answer: ChatAnswer) -> str | ExtractionFault:
    """Return the text with Unix newlines and without leading reasoning, unless it is cut off or no Unicode."""
    if answer.finish_reason.lower() in _CUT_OFF:
        return ExtractionFault(
            "cut_off", "The answer was cut off at the token limit; answer again, shorter and complete."
        )
    try:
        answer.text.encode()
    except UnicodeEncodeError:
        return ExtractionFault(
            "not_text", "The answer holds characters that are not valid Unicode; answer in plain text."
        )
    if len(answer.text) > _MAX_ANSWER:
        return ExtractionFault("too_long", f"The answer has more than {_MAX_ANSWER} characters; answer again, shorter.")
    return _REASONING.sub("", answer.text.replace("\r\n", "\n"), count=1)


def _fenced(text: str) -> list[_Block] | ExtractionFault:
    """Return all closed code blocks; a line that ends reasoning voids the blocks before it."""
    blocks: list[_Block] = []
    lines = iter(text.split("\n"))  # not splitlines: form feeds and the like belong to a line
    for line in lines:
        if line.strip().lower() in _REASONING_ENDS:
            blocks.clear()
            continue
        opening = _OPENING.fullmatch(line)
        if opening is None:
            continue
        body: list[str] = []
        for inner in lines:
            if _closes(inner, opening):
                break
            body.append(_without(opening["indent"], inner) + "\n")
        else:
            return ExtractionFault("unclosed", "A code block is not closed; end it with a fence on a line of its own.")
        blocks.append(_Block(_tag(opening["info"]), "".join(body)))
    return blocks


def _closes(line: str, opening: re.Match[str]) -> bool:
    bare = line.strip(" \t")
    indent = len(line) - len(line.lstrip(" \t"))
    fence = opening["fence"]
    return len(bare) >= len(fence) and set(bare) == {fence[0]} and indent <= len(opening["indent"]) + 3


def _program(block: _Block, function: str) -> Program | ExtractionFault:
    if block.tag and block.tag not in _PYTHON_TAGS:
        return ExtractionFault(
            "no_code",
            f"The code block is tagged {block.tag[:20]!r}; answer with one ```python block that defines {function}.",
        )
    if not block.text.strip():
        return ExtractionFault(
            "empty", f"The code block is empty; put the whole program that defines {function} into it."
        )
    return Program(block.text.encode())


def _without(indent: str, line: str) -> str:
    """Return the line less what it shares with the opening fence's indentation."""
    shared = 0
    while shared < min(len(indent), len(line)) and indent[shared] == line[shared]:
        shared += 1
    return line[shared:]


def _tag(info: str) -> str:
    words = info.split()
    return words[0].strip("{}.").lower() if words else ""


def _unfenced(text: str, function: str) -> Program | ExtractionFault:
    source = _HEADLESS.sub("", text, count=1).strip() + "\n"
    if _defines(source, function):
        return Program(source.encode())
    return ExtractionFault(
        "no_code", f"The answer holds no code block; answer with exactly one ```python block that defines {function}."
    )


def _one_of(blocks: list[_Block], function: str) -> _Block | None:
    """Return the one Python block when it defines the function and no other block is Python."""
    python = [block for block in blocks if block.tag in _PYTHON_TAGS or (not block.tag and _parsed(block.text))]
    if len(python) == 1 and _defines(python[0].text, function):
        return python[0]
    return None


def _defines(source: str, function: str) -> bool:
    tree = _parsed(source)
    return tree is not None and any(isinstance(node, ast.FunctionDef) and node.name == function for node in tree.body)


def _parsed(source: str) -> ast.Module | None:
    """Return the syntax tree, or None for what is not Python; parsing runs nothing."""
    if len(source) > _MAX_PARSED:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in a string is the gate's business
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two: nested without end
        return None
