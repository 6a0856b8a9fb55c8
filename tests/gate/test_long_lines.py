"""Long lines: prose in a comment may run on, code and the ends of strings may not stand far to the right."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from llmdas.program import Finding

HEAD = "def generate_hard_anomalies(n_samples, model, X_train, rng):\n"
LAST = "    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0\n"
PROSE = "words and words " * 60


@pytest.mark.parametrize(
    "source",
    [
        f"# {PROSE}\n{HEAD}{LAST}",
        f"{HEAD}    # {PROSE}\n{LAST}",
        f"{HEAD}{LAST}# {PROSE}",
        f"{HEAD}\t\n#{PROSE}\n{LAST}",
    ],
)
def test_a_comment_on_a_line_of_its_own_may_be_long(look: Callable[[str], tuple[Finding, ...]], source: str) -> None:
    assert look(source) == ()


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (f'{HEAD}    """A docstring\n    # {PROSE}"""; x = 1\n{LAST}', 3),
        (f'{HEAD}    """A docstring\n    # {PROSE}"""; x = 1  # {PROSE}\n{LAST}', 3),
        (f'{HEAD}    """A docstring\n# {PROSE}\n    """\n{LAST}', 3),
        (f"{HEAD}    x = 1{' ' * 600}# a comment\n{LAST}", 2),
        (f"{HEAD}    x = f'''\n    # {PROSE}{{1}}'''\n{LAST}", 3),
        (f"{HEAD}    x = 1  # {PROSE}\n{LAST}", 2),
    ],
    ids=["string ends", "comment behind it", "string goes on", "comment behind code", "f-string", "long behind code"],
)
def test_what_only_begins_like_a_comment_may_not(
    look: Callable[[str], tuple[Finding, ...]], source: str, line: int
) -> None:
    assert [(finding.rule, finding.line) for finding in look(source)] == [("DAS008", line)]
