"""Checks and runs classic BPF as the kernel does for seccomp(2); knows nothing of our assembler.

Operations from linux/bpf_common.h: class | size or operation | mode or source. The kernel's own checks are
``bpf_check_classic`` (net/core/filter.c) and ``seccomp_check_filter`` (kernel/seccomp.c).
"""

from __future__ import annotations

import operator
import struct
from collections.abc import Callable, Sequence

LD, ALU, JMP, RET = 0x00, 0x04, 0x05, 0x06
W, ABS, K = 0x00, 0x20, 0x00  # K: the operand stands in the instruction
JA, JEQ, JGT, JGE, JSET = 0x00, 0x10, 0x20, 0x30, 0x40
ADD, SUB, OR, AND, LSH, RSH, XOR = 0x00, 0x10, 0x40, 0x50, 0x60, 0x70, 0xA0
ARITHMETIC: dict[int, Callable[[int, int], int]] = {
    ADD: operator.add,
    SUB: operator.sub,
    OR: operator.or_,
    AND: operator.and_,
    LSH: lambda a, k: a << (k & 31),
    RSH: lambda a, k: a >> (k & 31),
    XOR: operator.xor,
}
TESTS: dict[int, Callable[[int, int], bool]] = {
    JEQ: operator.eq,
    JGT: operator.gt,
    JGE: operator.ge,
    JSET: lambda a, k: a & k != 0,
}
MAX_INSTRUCTIONS = 4096
DATA_BYTES = 64  # struct seccomp_data

Instruction = tuple[int, int, int, int]  # code, jt, jf, k


def decode(code: bytes) -> list[Instruction]:
    """Split a program into its struct sock_filter."""
    assert len(code) % 8 == 0
    return list(struct.iter_unpack("=HBBI", code))


def check(program: Sequence[Instruction]) -> None:
    """Refuse what the kernel refuses: unknown operations, loads or jumps outside, no return at the end."""
    assert 0 < len(program) <= MAX_INSTRUCTIONS
    for place, (operation, yes, no, k) in enumerate(program):
        kind = operation & 0x07
        if kind == LD:
            assert operation == LD | W | ABS, f"{place}: load {operation:#x}"
            assert k in range(0, DATA_BYTES, 4), f"{place}: load from {k}"
        elif kind == ALU:
            assert operation & 0xF8 in (ADD, SUB, OR, AND, LSH, RSH, XOR), f"{place}: operation {operation:#x}"
        elif kind == JMP:
            steps = (k,) if operation & 0xF0 == JA else (yes, no)
            assert operation & 0xF8 in (JA, JEQ, JGT, JGE, JSET), f"{place}: jump {operation:#x}"
            assert all(place + 1 + step < len(program) for step in steps), f"{place}: jump by {steps}"
        else:
            assert operation == RET | K, f"{place}: operation {operation:#x}"
    assert program[-1][0] == RET | K


def reached(program: Sequence[Instruction]) -> set[int]:
    """Return the places that some path of jumps leads to."""
    seen: set[int] = set()
    waiting = [0]
    while waiting:
        place = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        operation, yes, no, k = program[place]
        if operation & 0x07 == JMP:
            steps = (k,) if operation & 0xF0 == JA else (yes, no)
            waiting += [place + 1 + step for step in steps]
        elif operation & 0x07 != RET:
            waiting.append(place + 1)
    return seen


def run(program: Sequence[Instruction], number: int, architecture: int, arguments: Sequence[int] = (0,) * 6) -> int:
    """Return the verdict on one call; number as the 32 bits of the register, arguments as 64 bits each."""
    data = struct.pack("=IIQ6Q", number, architecture, 0xFFFF_F000_0000_1234, *arguments)
    accumulator = place = 0
    while True:
        operation, yes, no, k = program[place]
        place += 1
        kind, what = operation & 0x07, operation & 0xF0
        if kind == LD:
            accumulator = struct.unpack_from("=I", data, k)[0]
        elif kind == RET:
            return k
        elif kind == ALU:
            accumulator = ARITHMETIC[what](accumulator, k) & 0xFFFFFFFF
        elif what == JA:
            place += k
        else:
            place += yes if TESTS[what](accumulator, k) else no
