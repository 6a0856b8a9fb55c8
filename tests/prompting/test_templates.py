"""Prompts are files with a header; what is asked is rendered from the contract and policy that will judge."""

import re

import pytest

from llmdas.contract import load_contract
from llmdas.detectors.catalogue import lookup, names
from llmdas.errors import ResourceError
from llmdas.policy import load_policy
from llmdas.program import Finding
from llmdas.prompting.feedback import fault_text, finding_text, repair_prompt
from llmdas.prompting.requests import description_prompt, load_aims, program_prompt
from llmdas.prompting.templates import load_template

CONTRACT, POLICY = load_contract(), load_policy()


@pytest.mark.parametrize("name", ["system", "description", "program", "repair"])
def test_every_template_declares_what_it_uses(name):
    template = load_template(name)
    used = set(re.findall(r"\{[{%] ?(?:for \w+ in |if |elif )?(\w+)", template.body))
    used -= {"for", "endfor", "if", "endif", "elif", "else", "p", "m", "note", "problem", "loop"}
    assert set(template.header.variables) == used


def test_an_undeclared_or_missing_variable_is_refused():
    with pytest.raises(ResourceError, match="X_train"):
        load_template("system").render(X_train="rows")
    with pytest.raises(ResourceError, match="title"):
        load_template("description").render(library="x", parameters="y")


def test_a_missing_template_is_one_sentence():
    with pytest.raises(ResourceError, match=r"prompts/nothing\.md is missing"):
        load_template("nothing")


@pytest.mark.parametrize("name", names())
def test_the_program_request_holds_contract_policy_aim_and_description(name):
    aim = load_aims()[0]
    text = program_prompt(lookup(name), "ITS BLIND SPOTS", aim, CONTRACT, POLICY).text
    assert f"def {CONTRACT.signature}:" in text
    assert "ITS BLIND SPOTS" in text
    assert aim.name in text
    for parameter in CONTRACT.parameters:
        assert f"`{parameter.name}`" in text
    assert "model.predict_score(X)" in text
    assert "default_rng" not in text or "numpy.random" in text
    assert "{{" not in text
    assert "{%" not in text


def test_requests_say_the_same_whatever_library_versions_are_installed():
    text = description_prompt(lookup("iforest")).text
    assert lookup("iforest").library.split()[-1] not in text


def test_three_aims_are_different():
    aims = load_aims()
    assert len({aim.name for aim in aims}) == len(aims) >= 3


def test_a_finding_is_told_with_rule_place_line_and_remedy():
    text = finding_text(Finding(3, 5, "DAS201", "the module os is not permitted", "    import os", "leave it out"))
    assert text == "[DAS201] line 3, column 5: the module os is not permitted in `import os`. Remedy: leave it out"


def test_a_failure_of_the_checker_is_told_without_facts_of_the_host():
    text = finding_text(Finding(0, 0, "DAS901", "the checker failed: /srv/llmdas: no space", "", "Write it simpler."))
    assert text == "[DAS901] the gate could not finish judging this program. Remedy: Write it simpler."


def test_a_fault_is_told_with_its_source_line():
    text = fault_text("tiny (8 rows)", 2, "a = 1\nb = c\n", "NameError: c")
    assert text == "On the table 'tiny (8 rows)', line 2 in `b = c`: NameError: c"
    assert fault_text("tiny", 99, "a = 1\n", "late") == "On the table 'tiny', line 99: late"


@pytest.mark.parametrize("stage", ["extraction", "gate", "trial"])
def test_a_repair_request_lists_every_problem_and_the_signature(stage):
    text = repair_prompt(stage, ["first", "second"], CONTRACT).text
    assert "1. first\n" in text
    assert "2. second\n" in text
    assert CONTRACT.signature in text
