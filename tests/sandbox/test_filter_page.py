"""The page and the engine's profile that are made from the table."""

from __future__ import annotations

import errno
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from llmdas_sandbox.guest import calls_gpu
from llmdas_sandbox.guest.call_numbers import numbers_of
from llmdas_sandbox.guest.calls import HANDOVER_ONLY, Action
from llmdas_sandbox.guest.filter import FIRST, Filter
from llmdas_sandbox.system_calls import docker_profile, markdown

PAGE = Path(__file__).parents[2] / "docs" / "system-calls.md"


def test_page_is_current() -> None:
    assert PAGE.read_text() == markdown(), "write it anew with llmdas_sandbox.system_calls.markdown"


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("handover", [False, True])
def test_profile_allows_what_the_first_filter_allows(machine: str, handover: bool) -> None:
    rules = json.loads(docker_profile(machine, handover=handover))["syscalls"]
    allowed = {name for rule in rules if rule["action"] == "SCMP_ACT_ALLOW" for name in rule["names"]}
    expected = {name for name, answer in FIRST.answers.items() if answer is Action.ALLOW} & numbers_of(machine).keys()
    assert allowed == expected | (HANDOVER_ONLY.keys() if handover else set())


def permits(rules: list[dict[str, Any]], name: str, arguments: list[int]) -> bool:
    """What an engine makes of rules: or between rules, and between the arguments of one."""
    return any(
        all(arguments[found["index"]] & found["value"] == found["valueTwo"] for found in rule.get("args", ()))
        for rule in rules
        if name in rule["names"] and rule["action"] == "SCMP_ACT_ALLOW"
    )


def test_profile_has_the_first_filters_conditions() -> None:
    rules = json.loads(docker_profile("x86_64", handover=True))["syscalls"]
    only = {**FIRST.only, **HANDOVER_ONLY}
    values = [0, 1, 2, 3, 10, 22, 38, 0x5401, 0x5412, 0x541C, 0x01200011, 0x11000000, 0x10000000, 0x40000000, 1 << 31]
    for (name, conditions), value in itertools.product(only.items(), values):
        wanted = all(value & found.mask in found.values for found in conditions)
        assert permits(rules, name, [value] * 6) == wanted, (name, value)


def test_profile_refuses_by_default_and_names_no_second_architecture() -> None:
    profile = json.loads(docker_profile("aarch64"))
    assert (profile["defaultAction"], profile["defaultErrnoRet"]) == ("SCMP_ACT_ERRNO", errno.ENOSYS)
    assert profile["architectures"] == ["SCMP_ARCH_AARCH64"]


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("handover", [False, True])
@pytest.mark.parametrize("table", [FIRST, calls_gpu.FIRST], ids=["plain", "gpu"])
def test_profile_names_what_is_refused(machine: str, handover: bool, table: Filter) -> None:
    rules = json.loads(docker_profile(machine, table, handover=handover))["syscalls"]
    refused = {rule["errnoRet"]: set(rule["names"]) for rule in rules if rule["action"] == "SCMP_ACT_ERRNO"}
    for answer, number in ((Action.EPERM, errno.EPERM), (Action.ENOSYS, errno.ENOSYS)):
        expected = {name for name, found in table.answers.items() if found is answer} & numbers_of(machine).keys()
        assert refused.pop(number) == expected - (HANDOVER_ONLY.keys() if handover else set())
    assert refused == {}
