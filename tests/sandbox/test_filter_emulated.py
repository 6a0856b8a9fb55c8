"""The assembled programs, run by an emulator: whatever the call, they say what the table says."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from llmdas_sandbox.guest import calls_gpu
from llmdas_sandbox.guest.call_numbers import numbers_of
from llmdas_sandbox.guest.calls import Action, Only
from llmdas_sandbox.guest.filter import FIRST, SECOND, Filter, assemble
from tests.sandbox import bpf

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
NAMES = {machine: {number: name for name, number in numbers_of(machine).items()} for machine in ARCHITECTURES}
FOREIGN = {"i386": 0x40000003, "arm": 0x40000028, "riscv64": 0xC00000F3, "nothing": 0}
X32 = 0x40000000
ALL = (1 << 64) - 1

TABLES = {"first": FIRST, "second": SECOND, "first-gpu": calls_gpu.FIRST, "second-gpu": calls_gpu.SECOND}
PHASES = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
MACHINES = pytest.mark.parametrize("machine", ARCHITECTURES)
ODD = [X32, X32 + 41, X32 + 520, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF]


def told(table: Filter, machine: str, architecture: int, number: int, arguments: Sequence[int]) -> Action:
    """What the table says, without looking at the program."""
    if architecture != ARCHITECTURES[machine] or (machine == "x86_64" and number >= X32):
        return Action.KILL
    name = NAMES[machine].get(number)
    if name is None:
        return table.unknown
    for only in table.only.get(name, ()):
        if arguments[only.argument] & only.mask & 0xFFFFFFFF not in only.values:
            return Action.EPERM
    return table.answers[name]


@functools.cache
def program(table: Filter, machine: str) -> list[bpf.Instruction]:
    return bpf.decode(assemble(table, machine))


def interesting(conditions: Sequence[Only]) -> list[tuple[int, ...]]:
    """Arguments on both sides of every condition, with bits in the high half that nobody may be fooled by."""
    pools = [[0, ALL] for _ in range(6)]
    for only in conditions:
        bits = [1 << bit for bit in range(32)]
        inside = [value | ~only.mask & 0xFFFFFFFF for value in only.values]
        pools[only.argument] += [*only.values, *inside, *(value ^ bit for value in only.values for bit in bits)]
        pools[only.argument] += [value | 1 << 32 for value in only.values]
    base = [0] * 6
    for only in conditions:
        base[only.argument] |= only.values[0]
    single = [(*base[:i], value, *base[i + 1 :]) for i, pool in enumerate(pools) for value in pool]
    crossed = itertools.product(*([ALL, base[i]] for i in range(6)))
    return [*single, *crossed]


@MACHINES
@PHASES
def test_kernel_accepts_the_program(table: Filter, machine: str) -> None:
    bpf.check(program(table, machine))


@MACHINES
@PHASES
def test_every_instruction_can_be_reached(table: Filter, machine: str) -> None:
    found = program(table, machine)
    assert bpf.reached(found) == set(range(len(found)))


@MACHINES
@PHASES
def test_every_number_is_answered_as_the_table_says(table: Filter, machine: str) -> None:
    found = program(table, machine)
    for number in (*range(1024), *ODD):
        for arguments in ((0,) * 6, (ALL,) * 6):
            verdict = bpf.run(found, number, ARCHITECTURES[machine], arguments)
            assert verdict == told(table, machine, ARCHITECTURES[machine], number, arguments), (number, arguments)


@MACHINES
@PHASES
def test_every_condition_is_looked_at(table: Filter, machine: str) -> None:
    found, known = program(table, machine), numbers_of(machine)
    for name, conditions in table.only.items():
        seen = set()
        for arguments in interesting(conditions):
            verdict = bpf.run(found, known[name], ARCHITECTURES[machine], arguments)
            assert verdict == told(table, machine, ARCHITECTURES[machine], known[name], arguments), (name, arguments)
            seen.add(verdict)
        assert seen == {Action.ALLOW, Action.EPERM}, name


@MACHINES
@PHASES
def test_another_architecture_is_killed_whatever_the_number(table: Filter, machine: str) -> None:
    found = program(table, machine)
    others = [*FOREIGN.values(), *(code for name, code in ARCHITECTURES.items() if name != machine)]
    for architecture, number in itertools.product(others, (*range(600), *ODD)):
        assert bpf.run(found, number, architecture) == Action.KILL


@PHASES
def test_x32_numbers_are_killed(table: Filter) -> None:
    found = program(table, "x86_64")
    for number in range(1024):
        assert bpf.run(found, X32 | number, ARCHITECTURES["x86_64"]) == Action.KILL


@given(
    table=st.sampled_from(list(TABLES.values())),
    machine=st.sampled_from(sorted(ARCHITECTURES)),
    architecture=st.sampled_from([*ARCHITECTURES.values(), *FOREIGN.values()]) | st.integers(0, 0xFFFFFFFF),
    number=st.integers(0, 480) | st.integers(0, 0xFFFFFFFF),
    arguments=st.lists(st.integers(0, ALL), min_size=6, max_size=6),
)
@example(SECOND, "x86_64", ARCHITECTURES["x86_64"], 9, [0, 4096, 3, 0x22, ALL, 0])
@example(SECOND, "x86_64", ARCHITECTURES["x86_64"], 9, [0, 4096, 7, 0x22, ALL, 0])
@example(SECOND, "aarch64", ARCHITECTURES["aarch64"], 222, [0, 4096, 3, 0x02, 0, 0])
def test_any_call_is_answered_as_the_table_says(
    table: Filter, machine: str, architecture: int, number: int, arguments: list[int]
) -> None:
    verdict = bpf.run(program(table, machine), number, architecture, arguments)
    assert verdict == told(table, machine, architecture, number, arguments)


def test_emulator_refuses_what_the_kernel_refuses() -> None:
    done = (bpf.RET, 0, 0, Action.ALLOW)
    for broken in (
        [],
        [(0x20, 0, 0, 64), done],
        [(0x20, 0, 0, 2), done],
        [(0x28, 0, 0, 0), done],
        [(0x15, 1, 0, 0), done],
        [(0x05, 0, 0, 9), done],
        [(0x20, 0, 0, 0)],
        [done] * (bpf.MAX_INSTRUCTIONS + 1),
    ):
        with pytest.raises(AssertionError):
            bpf.check(broken)
