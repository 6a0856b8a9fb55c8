"""From an answer to a program: exactly one, byte for byte, or a fault that says what to answer instead."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from llmdas.llm.extract import MAX_DESCRIPTION, ExtractionFault, extract_description, extract_program
from llmdas.llm.interface import ChatAnswer
from llmdas.program import Program

NAME = "generate_hard_anomalies"
CODE = f"import numpy as np\n\n\ndef {NAME}(n_samples, model, X_train, rng):\n    return X_train[:n_samples]\n"


def answered(text: str, finish_reason: str = "stop") -> ChatAnswer:
    return ChatAnswer(text, finish_reason, "m", {})


def extracted(text: str, finish_reason: str = "stop") -> Program | ExtractionFault:
    return extract_program(answered(text, finish_reason), NAME)


def indented(text: str, by: str) -> str:
    return "".join(by + line if line.strip() else line for line in text.splitlines(keepends=True))


ACCEPTED = {
    "python": f"```python\n{CODE}```",
    "no tag": f"```\n{CODE}```\n",
    "py": f"```py\n{CODE}```",
    "upper case": f"```PYTHON\n{CODE}```",
    "python3": f"```python3\n{CODE}```",
    "tag with attributes": f'``` python title="a.py"\n{CODE}```',
    "tildes": f"~~~python\n{CODE}~~~",
    "more backticks": f"`````python\n{CODE}`````",
    "longer closing fence": f"```python\n{CODE}``````",
    "space after the closing fence": f"```python\n{CODE}```  \t\nDone.",
    "talk around it": f"Here it is:\n\n```python\n{CODE}```\n\nIt uses `np`, and ```inline``` code.",
    "Windows newlines": f"Here:\n```python\n{CODE}```\n".replace("\n", "\r\n"),
    "indented by two": indented(f"```python\n{CODE}```", "  "),
    "in a list": "1. The program:\n" + indented(f"```python\n{CODE}```", "    "),
    "indented by tabs": indented(f"```python\n{CODE}```", "\t"),
    "reasoning first": f"<think>\nTry ```python\nx = 1\n``` first?\n</think>\n\n```python\n{CODE}```",
    "reasoning in capitals, twice": f"<THINK>a</THINK>\n<reasoning>b</reasoning>\n```python\n{CODE}```",
    "reasoning without its head": f"Let me see.\n```python\nx = 1\n```\n</think>\n```python\n{CODE}```",
    "output in a second block": f"```python\n{CODE}```\nIt prints:\n```text\n[0.1, 0.2]\n```",
    "shell before it": f"```bash\npip install numpy\n```\n```python\n{CODE}```",
    "untagged prose beside it": f"```python\n{CODE}```\n```\nthis is no Python at all\n```",
    "untagged program beside text": f"```text\nsketch\n```\n```\n{CODE}```",
    "no fence": CODE,
    "no fence, blank lines around": f"\n\n{CODE}\n\n",
    "no fence, reasoning first": f"<think>hm</think>\n{CODE}",
    "no fence, reasoning without its head": f"Let me see.\n</think>\n{CODE}",
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_the_program_comes_out_byte_for_byte(name: str) -> None:
    assert extracted(ACCEPTED[name]) == Program(CODE.encode())


REFUSED = {
    "nothing": ("", "no_code"),
    "prose": ("I cannot help with that.", "no_code"),
    "Python without the function": ("x = 1\n", "no_code"),
    "function by another name": ("def other():\n    pass\n", "no_code"),
    "function inside another": (f"def outer():\n    def {NAME}():\n        pass\n", "no_code"),
    "prose before bare code": (f"Here it is:\n{CODE}", "no_code"),
    "inline backticks only": (f"```{NAME}()```", "no_code"),
    "JSON block": ('```json\n{"code": "x"}\n```', "no_code"),
    "everything is reasoning": (f"<think>```python\n{CODE}```", "no_code"),
    "two programs": (f"```python\n{CODE}```\nor\n```python\n{CODE}```", "many_blocks"),
    "helper in a block of its own": (f"```python\nimport numpy as np\n```\n```python\n{CODE}```", "many_blocks"),
    "untagged helper": (f"```python\n{CODE}```\n```\nx = {NAME}(1, 2, 3, 4)\n```", "many_blocks"),
    "two blocks without the function": ("```python\nx = 1\n```\n```text\nout\n```", "many_blocks"),
    "unclosed": (f"```python\n{CODE}", "unclosed"),
    "second one unclosed": (f"```python\n{CODE}```\n```python\nx", "unclosed"),
    "closed by the other character": (f"```python\n{CODE}~~~", "unclosed"),
    "closed by too few": (f"````python\n{CODE}```", "unclosed"),
    "closed with words": (f"```python\n{CODE}``` end", "unclosed"),
    "empty block": ("```python\n```", "empty"),
    "blank block": ("```python\n  \n\n```", "empty"),
    "lone surrogate": (f"```python\n{CODE}# \ud800\n```", "not_text"),
    "endless": ("```python\n" + "x" * 2_000_000, "too_long"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_anything_else_is_a_fault_that_says_what_to_answer(name: str) -> None:
    text, kind = REFUSED[name]
    fault = extracted(text)
    assert isinstance(fault, ExtractionFault)
    assert fault.kind == kind
    assert fault.message.endswith(".")
    assert "\n" not in fault.message


@pytest.mark.parametrize("reason", ["length", "LENGTH", "max_tokens"])
@pytest.mark.parametrize("text", ["", f"```python\n{CODE}```", f"```python\n{CODE}"])
def test_an_answer_cut_off_is_a_fault_even_with_a_whole_block(text: str, reason: str) -> None:
    fault = extracted(text, reason)
    assert isinstance(fault, ExtractionFault)
    assert fault.kind == "cut_off"


def test_a_single_block_is_not_judged_here() -> None:
    assert extracted("```python\nimport os; os.system('x') (\n```") == Program(b"import os; os.system('x') (\n")


def test_a_deeply_indented_fence_in_a_docstring_closes_nothing() -> None:
    program = f'{CODE}\n\ndef helper():\n    """Example:\n\n    ```\n    helper()\n    ```\n    """\n'
    assert extracted(f"```python\n{program}```") == Program(program.encode())


def test_nothing_of_an_answer_is_executed(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    extracted(f"{CODE}\nopen({str(mark)!r}, 'w')\n")
    extracted(f"```python\n{CODE}\nopen({str(mark)!r}, 'w')\n```\n```text\n```")
    assert not mark.exists()


def test_odd_escapes_warn_nobody() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert isinstance(extracted(f"{CODE}\nx = '\\d'\n"), Program)


@pytest.mark.parametrize(
    "source",
    ["(" * 60_000, "-" * 60_000 + "1", "a" + ".b" * 30_000, "1" + "+1" * 30_000, "lambda:" * 9_000 + "1", "\0"],
)
def test_source_that_breaks_the_parser_is_no_python(source: str) -> None:
    fault = extracted(source)
    assert isinstance(fault, ExtractionFault)
    assert fault.kind == "no_code"
    assert extracted(f"```\n{source}\n```\n```python\n{CODE}```") == Program(CODE.encode())


TEXTS = st.text(st.characters(codec=None))
FENCES = ["```", "~~~", "````", "```python\n", "\n```\n", "`", "<think>", "</think>", "\n</think>\n"]
WORDS = ["\n", "\r\n", "\r", " ", "\t", "\x0c", "\u2028", "\ud800", "\x00", CODE, "x = 1\n", "text", f"def {NAME}("]
PIECES = st.sampled_from([*FENCES, *WORDS])


@given(st.one_of(TEXTS, st.lists(PIECES, max_size=20).map("".join)), st.one_of(st.just("stop"), st.text()), st.text())
def test_no_text_raises(text: str, reason: str, function: str) -> None:
    answer = answered(text, reason)
    assert isinstance(extract_program(answer, function), Program | ExtractionFault)
    assert isinstance(extract_description(answer), str | ExtractionFault)


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1).filter(str.strip),
    st.sampled_from("`~"),
    st.sampled_from(["", "python", "Py", "PYTHON"]),
    st.sampled_from(["", "Here it is:\n\n", "<think>``` \n</think>\n", "a\x0c\u2028b\n"]),
    st.sampled_from(["", "\n", "\nThat was it.\n"]),
)
@example("x = '''\n```\n'''\n", "`", "python", "", "")
@example("a\x0cb\x1c\u2028\x85\n</think>\n", "~", "", "", "")
def test_a_program_put_into_a_fence_comes_out_byte_for_byte(
    program: str, character: str, tag: str, before: str, after: str
) -> None:
    program = program if program.endswith("\n") else program + "\n"
    longest = max((len(run) for run in re.findall(f"{character}+", program)), default=0)
    fence = character * max(3, longest + 1)
    assert extracted(f"{before}{fence}{tag}\n{program}{fence}{after}") == Program(program.encode())


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ("  An isolation forest.\r\nIt splits.\n", "An isolation forest.\nIt splits."),
        ("<think>what?</think>\nText", "Text"),
        ("what?\n</think>\nText", "Text"),
        ("x" * MAX_DESCRIPTION + "\n", "x" * MAX_DESCRIPTION),
    ],
)
def test_a_description_is_the_trimmed_text(text: str, description: str) -> None:
    assert extract_description(answered(text)) == description


@pytest.mark.parametrize(
    ("text", "reason", "kind"),
    [
        ("", "stop", "empty"),
        (" \n", "stop", "empty"),
        ("<think>only</think>", "stop", "empty"),
        ("x" * (MAX_DESCRIPTION + 1), "stop", "too_long"),
        ("An isolation for", "length", "cut_off"),
        ("a \ud800", "stop", "not_text"),
    ],
)
def test_a_description_that_cannot_be_used_is_a_fault(text: str, reason: str, kind: str) -> None:
    fault = extract_description(answered(text, reason))
    assert isinstance(fault, ExtractionFault)
    assert fault.kind == kind
