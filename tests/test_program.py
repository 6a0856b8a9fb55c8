"""Promise 2 as a type: a program without an accepting verdict on exactly its bytes cannot be handed on."""

import pytest

from llmdas.errors import NotJudged
from llmdas.execution import Accepted
from llmdas.program import Finding, Program, Verdict

PROGRAM = Program(b"x = 1\n")
ERROR = Finding(1, 1, "DAS201", "no", "x = 1", "do not")
WARNING = Finding(1, 1, "DAS501", "large", "x = 1", "make it smaller", "warning")


def test_a_verdict_without_errors_accepts_its_own_bytes():
    accepted = Accepted(PROGRAM, Verdict(PROGRAM.sha256, "p", "c", (WARNING,)))
    assert accepted.program is PROGRAM


def test_a_refused_program_cannot_become_accepted():
    with pytest.raises(NotJudged, match="was refused"):
        Accepted(PROGRAM, Verdict(PROGRAM.sha256, "p", "c", (ERROR,)))


def test_one_changed_byte_needs_a_verdict_of_its_own():
    verdict = Verdict(PROGRAM.sha256, "p", "c", ())
    with pytest.raises(NotJudged, match="has no verdict"):
        Accepted(Program(b"x = 2\n"), verdict)
