"""The tables of system calls: numbers as in the kernel's headers, a reason each, and the program that comes of them."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

from llmdas_sandbox.guest.filter import FIRST, SECOND, Action, Filter, Rule, assemble

HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def numbers(machine: str) -> dict[str, int]:
    if not HEADERS[machine].is_file():
        pytest.skip(f"SYSTEM-CALL NUMBERS NOT COMPARED: {HEADERS[machine]} is not installed (linux-libc-dev)")
    found = re.findall(r"^#define __NR(?:3264)?_(\w+)\s+(\d+)", HEADERS[machine].read_text(), re.MULTILINE)
    table = {name: int(number) for name, number in found}
    if machine == "aarch64":
        table["newfstatat"] = table["fstatat"]
    return table


@pytest.mark.parametrize("machine", HEADERS)
@pytest.mark.parametrize("table", [FIRST, SECOND], ids=["first", "second"])
def test_numbers_are_the_kernels(machine: str, table: Filter) -> None:
    known = numbers(machine)
    for rule in table.rules:
        assert getattr(rule, machine) == known.get(rule.name), rule.name


@pytest.mark.parametrize("table", [FIRST, SECOND], ids=["first", "second"])
def test_each_call_stands_once_and_has_a_reason(table: Filter) -> None:
    assert len({rule.name for rule in table.rules}) == len(table.rules)
    assert all(rule.reason for rule in table.rules)


def test_second_filter_permits_no_files_sockets_processes_or_executable_memory() -> None:
    allowed = {rule.name for rule in SECOND.rules if rule.action is Action.ALLOW}
    assert not allowed & {
        "open",
        "openat",
        "socket",
        "connect",
        "clone",
        "fork",
        "vfork",
        "execve",
        "kill",
        "ptrace",
        "ioctl",
        "prctl",
    }
    assert {rule.name for rule in SECOND.rules if rule.mask} == {"mmap", "mprotect"}
    assert SECOND.default is Action.KILL


def evaluate(code: bytes, number: int, architecture: int, arguments: tuple[int, ...] = (0,) * 6) -> int:
    """Run a filter as the kernel does (classic BPF over struct seccomp_data)."""
    data = struct.pack("<iIQ6Q", number - (1 << 32) if number >> 31 else number, architecture, 0, *arguments)
    instructions = list(struct.iter_unpack("<HBBI", code))
    place = accumulator = 0
    while True:
        operation, jump, otherwise, k = instructions[place]
        if operation == 0x20:
            accumulator = struct.unpack_from("<I", data, k)[0]
        elif operation == 0x06:
            return k
        else:
            holds = {0x15: accumulator == k, 0x35: accumulator >= k, 0x45: bool(accumulator & k)}[operation]
            place += jump if holds else otherwise
        place += 1


@pytest.mark.parametrize("machine", ARCHITECTURES)
@pytest.mark.parametrize("table", [FIRST, SECOND], ids=["first", "second"])
def test_program_does_what_the_table_says_for_every_number(machine: str, table: Filter) -> None:
    code = assemble(table, machine)
    rules = {getattr(rule, machine): rule for rule in table.rules}
    for number in range(600):
        rule = rules.get(number)
        plain = table.default if rule is None else Action.ALLOW if rule.mask else rule.action
        assert evaluate(code, number, ARCHITECTURES[machine]) == plain
        if rule is not None and rule.mask:
            index, bits = rule.mask
            given = tuple(bits if i == index else 0 for i in range(6))
            assert evaluate(code, number, ARCHITECTURES[machine], given) == rule.action


@pytest.mark.parametrize("table", [FIRST, SECOND], ids=["first", "second"])
def test_other_architectures_and_x32_are_killed(table: Filter) -> None:
    code = assemble(table, "x86_64")
    assert evaluate(code, 0, 0x40000003) == Action.KILL
    assert evaluate(code, 0x40000000, ARCHITECTURES["x86_64"]) == Action.KILL
    assert evaluate(code, 0xFFFFFFFF, ARCHITECTURES["x86_64"]) == Action.KILL


def test_unknown_machine_is_refused() -> None:
    with pytest.raises(ValueError, match="riscv64"):
        assemble(Filter((Rule("read", 0, 63, Action.ALLOW, "x"),), Action.KILL), "riscv64")
