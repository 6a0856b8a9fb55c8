"""``llmdas rules`` and ``llmdas explain`` as their users call them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from llmdas.cli import rules
from llmdas.cli.main import main
from llmdas.gate.catalogue import catalogue
from llmdas.policy import load_policy
from llmdas.review.manual import GROUPS, load_manual

HEAVY = ("numpy", "scipy", "sklearn", "pyod", "torch", "matplotlib", "pandas", "openai")


def test_rules_lists_every_rule_and_says_which_may_be_ignored(capsys) -> None:
    assert main(["rules"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:6] for line in lines] == list(catalogue())
    assert "DAS203  error    builtin not permitted" in lines
    assert {line[:6] for line in lines if line.endswith("(may be ignored)")} == set(load_policy().ignorable)


def test_groups_choose_and_are_those_of_the_manual(capsys) -> None:
    assert main(["rules", "--group", "5xx", "--group", "9xx"]) == 0
    assert {line[3] for line in capsys.readouterr().out.splitlines()} == {"5", "9"}
    assert set(rules._GROUPS) == set(GROUPS)
    assert all(f"{group} {title}" in " ".join(rules._EPILOG.split()) for group, title in GROUPS.items())


@pytest.mark.parametrize("option", [["--json"], ["--format", "json"]])
def test_rules_as_json(capsys, option) -> None:
    assert main(["rules", "--group", "2xx", *option]) == 0
    listed = {entry["id"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert set(listed) == {rule for rule in catalogue() if rule[3] == "2"}
    assert listed["DAS203"]["severity"] == "error"
    assert listed["DAS203"]["ignorable"] is None
    assert listed["DAS203"]["samples"]["bad"] == load_manual().rules["DAS203"].samples.bad


def test_rules_as_markdown_of_one_group_has_no_other(capsys) -> None:
    assert main(["rules", "--group", "3xx", "--format", "markdown"]) == 0
    page = capsys.readouterr().out
    assert "## 3xx: restricted compile" in page
    assert "DAS301" in page
    assert "## 2xx" not in page


def test_explain_in_full(capsys) -> None:
    assert main(["explain", "DAS402"]) == 0
    assert capsys.readouterr().out == (
        "DAS402: generator of one's own\n"
        "error, group 4xx (patterns), cannot be ignored\n"
        "pattern own-generator, in policies/rules/own-generator.yml\n"
        "\n"
        f"{load_manual().rules['DAS402'].why}\n"
        "\n"
        "How to mend: Use `rng` itself, or write the draw in the call: `np.random.default_rng(rng.integers(2**32))`.\n"
        "\n"
        "Refused:\n"
        "\n"
        "    own = np.random.default_rng(0)\n"
        "    X = X + own.normal()\n"
        "\n"
        "Accepted:\n"
        "\n"
        "    own = np.random.default_rng(rng.integers(2**32))\n"
        "    X = X + own.normal()\n"
        "\n"
        "These lines stand in the body of the function.\n"
        "\n"
        "See:\n"
        "    https://numpy.org/doc/stable/reference/random/parallel.html\n"
    )


def test_explain_takes_several_in_the_order_asked_each_once(capsys) -> None:
    assert main(["explain", "das205,DAS203", " DAS205"]) == 0
    heads = [line for line in capsys.readouterr().out.splitlines() if line.startswith("DAS2")]
    assert heads == ["DAS205: attribute not permitted", "DAS203: builtin not permitted"]
    assert main(["explain", "--json", "DAS901", "DAS203"]) == 0
    assert [entry["id"] for entry in json.loads(capsys.readouterr().out)] == ["DAS901", "DAS203"]


def test_explain_of_an_unknown_rule_names_the_nearest_and_prints_nothing(capsys) -> None:
    assert main(["explain", "DAS205", "DS203"]) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err == "llmdas: There is no rule 'DS203'. Did you mean DAS203?\n"


@pytest.mark.parametrize("arguments", [["rules", "--group", "8xx"], ["rules", "--profile", "none"], ["explain"]])
def test_bad_usage_is_exit_2(capsys, arguments) -> None:
    try:
        code = main(arguments)
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("arguments", [["rules"], ["explain", "DAS203"]])
def test_nothing_heavy_is_imported_and_output_is_utf_8_safe(arguments) -> None:
    script = (
        "import sys; from llmdas.cli.main import main; code = main(sys.argv[1:]); "
        f"assert not (loaded := [m for m in {HEAVY!r} if m in sys.modules]), loaded; sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
