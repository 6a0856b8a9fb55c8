"""System-call filters, assembled from the one table in `calls`: what the kernel does for a guest.

BPF and seccomp_data: seccomp(2), ``linux/filter.h``. A program is a plain list, most frequent calls first: since Linux
5.11 the kernel remembers which numbers a filter allows whatever the arguments, and runs it for the others only.
"""

from __future__ import annotations

import ctypes
import functools
import platform
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from llmdas_sandbox.guest.call_numbers import numbers_of
from llmdas_sandbox.guest.calls import FIRST_ONLY, GROUPS, SECOND_ONLY, Action, Only


@dataclass(frozen=True, slots=True, eq=False)
class Filter:
    """One phase of the table.

    Attributes:
        answers: what each system call is answered, by name; where `only` has conditions, what it is when they hold.
        only: conditions on arguments, all of which must hold, by name; else the answer is EPERM.
        unknown: the answer to numbers that the table does not know.
    """

    answers: Mapping[str, Action]
    only: Mapping[str, tuple[Only, ...]]
    unknown: Action


FIRST = Filter({name: group.first for group in GROUPS for name in group.names.split()}, FIRST_ONLY, Action.ENOSYS)
SECOND = Filter({name: group.second for group in GROUPS for name in group.names.split()}, SECOND_ONLY, Action.KILL)

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000  # set in the number of an x32 call, which would pass under another name
_INSTRUCTION = struct.Struct("<HBBI")
_LOAD, _AND, _EQUAL, _GREATER, _AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x25, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_SET_MODE_FILTER, _TSYNC, _SET_NO_NEW_PRIVS = 1, 1, 38


@functools.cache
def assemble(table: Filter, machine: str) -> bytes:
    """Return the BPF program of a filter for ``x86_64`` or ``aarch64``.

    Raises:
        ValueError: there are no numbers for this machine.
    """
    known = numbers_of(machine)
    code = [
        _pack(_LOAD, _ARCHITECTURE),
        _pack(_EQUAL, _AUDIT_ARCH[machine], yes=1),
        _pack(_RETURN, Action.KILL),
        _pack(_LOAD, _NUMBER),
    ]
    if machine == "x86_64":
        code += [_pack(_AT_LEAST, _X32, no=1), _pack(_RETURN, Action.KILL)]
    for name, answer in table.answers.items():
        if name in known and name in table.only:
            code += _conditional(known[name], answer, table.only[name])
        elif name in known and answer not in (Action.EPERM, table.unknown):
            code += [_pack(_EQUAL, known[name], no=1), _pack(_RETURN, answer)]
    code += _refused(table, known)
    return b"".join([*code, _pack(_RETURN, table.unknown)])


def install(code: bytes, machine: str) -> None:
    """Put every thread of this process under a filter, for good (seccomp(2) with SECCOMP_FILTER_FLAG_TSYNC).

    Raises:
        OSError: the kernel refused.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs could not be set")
    program = _Program(len(code) // _INSTRUCTION.size, code)
    answer = libc.syscall(numbers_of(machine)["seccomp"], _SET_MODE_FILTER, _TSYNC, ctypes.byref(program))
    if answer != 0:
        raise OSError(ctypes.get_errno(), f"seccomp(2) answered {answer}")


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def _pack(operation: int, operand: int, *, yes: int = 0, no: int = 0) -> bytes:
    return _INSTRUCTION.pack(operation, yes, no, operand)


def _conditional(number: int, answer: Action, conditions: tuple[Only, ...]) -> list[bytes]:
    body = [_pack(_RETURN, answer)]
    for condition in reversed(conditions):
        body = _condition(condition) + body
    return [_pack(_EQUAL, number, no=len(body)), *body]


def _condition(only: Only) -> list[bytes]:
    """Load the low word of an argument (both machines are little-endian), go on with one of the values, else return."""
    after = len(only.values)
    return [
        _pack(_LOAD, _ARGUMENTS + 8 * only.argument),
        _pack(_AND, only.mask),
        *(_pack(_EQUAL, value, yes=after - place) for place, value in enumerate(only.values)),
        _pack(_RETURN, Action.EPERM),
    ]


def _refused(table: Filter, known: Mapping[str, int]) -> Iterator[bytes]:
    """Answer EPERM to what has that answer, a run of neighbours at once; others were answered before."""
    refused = {number for name, number in known.items() if table.answers[name] is Action.EPERM}
    passed = {number for name, number in known.items() if table.answers[name] is not table.unknown} - refused
    for low, high in _runs(refused, passed):
        yield _pack(_AT_LEAST, low, no=2)
        yield _pack(_GREATER, high, yes=1)
        yield _pack(_RETURN, Action.EPERM)


def _runs(refused: set[int], passed: set[int]) -> Iterator[tuple[int, int]]:
    """Yield first and last of the runs of refused numbers; what was answered before may lie between."""
    low = high = -1
    for number in sorted(refused):
        if high >= 0 and all(between in passed for between in range(high + 1, number)):
            high = number
            continue
        if high >= 0:
            yield low, high
        low = high = number
    if high >= 0:
        yield low, high


if platform.machine() in _AUDIT_ARCH:
    assemble(SECOND, platform.machine())  # once, before a warm guest forks: its children find it made
