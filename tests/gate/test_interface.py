"""What the sample programs do not already show about the interface."""

from __future__ import annotations

import pytest

from .conftest import HEAD, TAIL, rules


@pytest.mark.parametrize(
    "body",
    [
        "try:\n    return X_train * 2.0\nexcept ValueError:\n    return X_train + 1.0",
        "with np.errstate(all='ignore'):\n    return X_train * 2.0",
        "while True:\n    if n_samples:\n        return X_train * 2.0",
        "while True:\n    for i in range(3):\n        break\n    return X_train * 2.0",
        "for i in range(3):\n    pass\nelse:\n    return X_train * 2.0",
        "if n_samples:\n    return X_train + 1.0\nelif n_samples:\n    raise ValueError\nelse:\n    return X_train[:1]",
        "def helper():\n    return None\nreturn X_train * 2.0",
    ],
)
def test_every_path_returns(look, body: str) -> None:
    assert look(HEAD + "".join(f"    {line}\n" for line in body.split("\n"))) == ()


def test_a_return_in_finally_ends_every_path_and_drops_exceptions(look) -> None:
    assert rules(look(HEAD + "    try:\n        x = 1\n    finally:\n        return X_train * 2.0\n")) == {"DAS408"}


@pytest.mark.parametrize(
    "body",
    [
        "try:\n    return X_train * 2.0\nexcept ValueError:\n    pass",
        "while n_samples:\n    return X_train * 2.0",
        "while True:\n    if n_samples:\n        break",
        "for row in X_train:\n    return X_train * 2.0",
        "if n_samples:\n    return X_train * 2.0\nelif len(X_train):\n    pass\nelse:\n    return X_train * 2.0",
        "X = X_train + 1.0",
        "return",
        "def helper():\n    return X_train * 2.0",
    ],
)
def test_a_path_without_return_is_found(look, body: str) -> None:
    assert rules(look(HEAD + "".join(f"    {line}\n" for line in body.split("\n")))) == {"DAS108"}


@pytest.mark.parametrize(
    "value", ["0.0", "'rows'", "[]", "[1.0, -2.0]", "{}", "f'{n_samples}'", "-1", "lambda: X_train"]
)
def test_constant_returns_are_found(look, value: str) -> None:
    assert rules(look(HEAD + f"    return {value}\n")) == {"DAS109"}


@pytest.mark.parametrize("name", ["n_samples", "model", "X_train", "rng"])
def test_an_argument_returned_as_it_was_given_is_found(look, name: str) -> None:
    (finding,) = look(HEAD + f"    return {name}\n")
    assert finding.rule == "DAS109"
    assert f"the argument `{name}`" in finding.message
    assert ("equal to training rows" in finding.message) == (name == "X_train")


@pytest.mark.parametrize(
    "body",
    [
        "X_train = X_train + 1.0\nreturn X_train",
        "for X_train in [X_train + 1.0]:\n    pass\nreturn X_train",
        "def X_train():\n    pass\nreturn X_train",
        "rows = X_train\nreturn rows",
        "def same(X_train):\n    return X_train\nreturn same(X_train + 1.0)",
        "return X_train.copy()",
    ],
)
def test_what_may_be_something_else_than_the_argument_is_not(look, body: str) -> None:
    assert "DAS109" not in rules(look(HEAD + "".join(f"    {line}\n" for line in body.split("\n"))))


def test_lines_that_run_at_import_are_one_finding(look) -> None:
    example = "\n\nX = load()\nmodel = fit(X)\nrows = generate_hard_anomalies(3, model, X, None)\nprint(rows)\n"
    (finding,) = look(HEAD + TAIL + example)
    assert finding.rule == "DAS112"
    assert (finding.line, "these 4 lines run" in finding.message) == (8, True)


def test_remedy_states_the_head_to_write(look) -> None:
    (finding,) = look("def generate_hard_anomalies(n, model, X_train, rng):\n    return X_train + n\n")
    assert finding.rule == "DAS103"
    assert "def generate_hard_anomalies(n_samples, model, X_train, rng):" in finding.remedy


@pytest.mark.parametrize(
    "line",
    [
        "A = 1",
        "B: float = -2.5",
        "C = (1, [2], {'a': 3})",
        "D = np.inf",
        "E = lambda x: x",
        "'text'",
        "F = np.finfo(float).eps",
        "G = float('inf')",
        "H = -int(1e9)",
        "J: float = 2 * np.finfo(np.float64).tiny",
        "K = np.iinfo(np.int64).max",
        "L = np.float64(0.5)",
        "def f(x=float('nan')): return x",
    ],
)
def test_constants_may_stand_at_module_level(look, line: str) -> None:
    assert look(f"import numpy as np\n\n{line}\n" + HEAD.split("\n", 1)[1] + TAIL) == ()


@pytest.mark.parametrize(
    "line",
    [
        "A = len('x')",
        "B = [i for i in 'ab']",
        "C = f'{1}'",
        "D[0] = 1",
        "for i in 'a': pass",
        "E = abs(-1)",
        "F = float(len('x'))",
        "G = np.zeros(3)",
        "def float(x): return x\nH = float(1)",
        "J = np.finfo(float).eps.item()",
        "def f(x: float('nan')): return x",
        "int = abs\nK = int(1)",
    ],
)
def test_computed_values_may_not(look, line: str) -> None:
    assert rules(look(f"import numpy as np\n\n{line}\n" + HEAD.split("\n", 1)[1] + TAIL)) <= {"DAS111", "DAS112"}
    assert look(f"import numpy as np\n\n{line}\n" + HEAD.split("\n", 1)[1] + TAIL)


@pytest.mark.parametrize(
    "then", ["\n    pass", " pass", "\n    generate_hard_anomalies(1, None, None, None)", "\n    print(1)"]
)
def test_main_block_is_one_finding(look, then: str) -> None:
    findings = look(HEAD + TAIL + f'\n\nif __name__ == "__main__":{then}\n')
    assert [(finding.rule, finding.line, finding.column) for finding in findings] == [("DAS111", 8, 1)]


def test_name_of_the_module_is_no_finding_of_its_own_behind_a_constant(look) -> None:
    assert rules(look(HEAD + TAIL + "X = 1; print(__name__)\n")) == {"DAS111"}


def test_what_a_main_block_does_is_still_judged(look) -> None:
    assert rules(look(HEAD + TAIL + '\n\nif __name__ == "__main__":\n    import sys\n')) == {"DAS111", "DAS201"}


@pytest.mark.parametrize("value", ["", " X_train", " None", " 1, 2", " 0.0"])
def test_return_in_finally_is_told_beside_what_it_returns(within, value: str) -> None:
    found = rules(within(f"try:\n    x = 1\nfinally:\n    return{value}"))
    assert "DAS408" in found
    assert found & {"DAS108", "DAS109", "DAS110"}
