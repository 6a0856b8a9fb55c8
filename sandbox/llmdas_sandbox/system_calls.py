"""The table of system calls for others to read: people (`markdown`) and engines (`docker_profile`).

`guest.calls` holds the table, `guest.filter` makes the kernel's programs of it.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

from llmdas_sandbox.guest.call_numbers import numbers_of
from llmdas_sandbox.guest.calls import GROUPS as TABLE
from llmdas_sandbox.guest.calls import HANDOVER_ONLY, Action, Group, Only
from llmdas_sandbox.guest.filter import FIRST, SECOND, Filter

_LIBSECCOMP = {"x86_64": "SCMP_ARCH_X86_64", "aarch64": "SCMP_ARCH_AARCH64"}
_WORDS = {Action.ALLOW: "allowed", Action.EPERM: "EPERM", Action.ENOSYS: "ENOSYS", Action.KILL: "killed"}
_HEAD = """# System calls of a guest

Made from the table in `llmdas_sandbox/guest/calls.py`; do not edit it here.

The **first** filter stands from before the interpreter starts. It refuses what it knows with EPERM and what it does not
know with ENOSYS, so a call that a newer kernel brings is refused too. The **second** filter is set on every thread
(`SECCOMP_FILTER_FLAG_TSYNC`) when all is imported and before a program is looked at; what it does not allow or refuse
ends the guest. Both stay in force until the end, and the stricter answer counts. Under both, the 32-bit gate
(`int 0x80`), x32 numbers and every other architecture end the guest. Conditions look at the low 32 bits of an argument;
a call that does not meet them is answered EPERM.

Under bubblewrap the first filter is this one. A Docker engine takes it as a profile (`docker_profile`). Its format has
one answer for all that no rule meets: ENOSYS, so an engine gives it also where a call does not meet its condition and
where its libseccomp does not know a refused call's name. An engine that does not know the field for this answer (seen:
20.10) answers these and unknown numbers with EPERM, or with ENOSYS where a number is above all that the profile names.
A warm guest's profile also allows `socket` of family AF_UNIX and `connect`, by which the guest fetches the socket of
its conversation once; its children, which run programs, have neither. With a GPU in the guest both filters are wider:
[gpu.md](gpu.md).

On x86_64 recent kernels (seen: 6.18) carry out `uprobe` and `uretprobe` without asking any filter. Where the host has
set no probe in the process, the one fails with ENXIO and the other ends the process.
"""


def markdown() -> str:
    """Return the page ``docs/system-calls.md``."""
    parts = (_HEAD, *_allowed(), *_groups(), *_numbers())
    return "\n".join(parts)


def docker_profile(machine: str, table: Filter = FIRST, *, handover: bool = False) -> str:
    """Return the first filter as JSON for the engine's option ``seccomp=``; what no rule meets is answered ENOSYS.

    Args:
        machine: ``x86_64`` or ``aarch64``.
        table: the filter; the wider one where a GPU enters.
        handover: also allow what a warm guest needs to fetch the socket of its conversation.

    Raises:
        ValueError: there are no numbers for this machine.
    """
    known = numbers_of(machine)
    only = {**table.only, **(HANDOVER_ONLY if handover else {})}
    allowed = [name for name, answer in table.answers.items() if answer is Action.ALLOW and name in known]
    rules: list[dict[str, Any]] = [
        {"names": [name for name in allowed if name not in only], "action": "SCMP_ACT_ALLOW"},
        *(
            _refusal([name for name in known if table.answers[name] is answer and name not in only], answer)
            for answer in (Action.EPERM, Action.ENOSYS)
        ),
    ]
    for name, conditions in only.items():
        if name in known:
            rules += _rules(name, conditions)
    profile = {
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": table.unknown & 0xFFFF,
        "architectures": [_LIBSECCOMP[machine]],
        "syscalls": rules,
    }
    return json.dumps(profile)


def _refusal(names: list[str], answer: Action) -> dict[str, Any]:
    """Return a rule for calls that are known and refused; an engine may not know the default's number (seen: 20.10)."""
    return {"names": names, "action": "SCMP_ACT_ERRNO", "errnoRet": answer & 0xFFFF}


def _rules(name: str, conditions: tuple[Only, ...]) -> Iterator[dict[str, Any]]:
    """Yield one rule for each way to meet all conditions; an engine joins rules by or, arguments within one by and."""
    for values in itertools.product(*(only.values for only in conditions)):
        arguments = [
            {"index": only.argument, "value": only.mask, "valueTwo": value, "op": "SCMP_CMP_MASKED_EQ"}
            for only, value in zip(conditions, values, strict=True)
        ]
        yield {"names": [name], "action": "SCMP_ACT_ALLOW", "args": arguments}


def _allowed() -> Iterator[str]:
    yield "## What a program's process may still call\n"
    yield "| call | on condition that | why |\n| --- | --- | --- |"
    for group in TABLE:
        if group.second is Action.ALLOW:
            for name in group.names.split():
                yield f"| `{name}` | {_conditions(SECOND, name)} | {group.reason} |"
    yield "\n## Conditions of the first filter\n"
    yield "| call | on condition that |\n| --- | --- |"
    for name in FIRST.only:
        yield f"| `{name}` | {_conditions(FIRST, name)} |"


def _conditions(table: Filter, name: str) -> str:
    found = table.only.get(name, ())
    return "; ".join(f"argument {only.argument}: {only.reason}" for only in found)


def _groups() -> Iterator[str]:
    yield "\n## All calls, by reason\n"
    yield "| first | second | why | calls |\n| --- | --- | --- | --- |"
    for group in TABLE:
        calls = ", ".join(f"`{name}`" for name in group.names.split())
        yield f"| {_WORDS[group.first]} | {_WORDS[group.second]} | {group.reason} | {calls} |"


def _numbers() -> Iterator[str]:
    yield "\n## All calls, by name\n"
    yield "| call | x86_64 | aarch64 | first | second |\n| --- | ---: | ---: | --- | --- |"
    x86_64, aarch64 = numbers_of("x86_64"), numbers_of("aarch64")
    by_name: dict[str, Group] = {name: group for group in TABLE for name in group.names.split()}
    for name, group in sorted(by_name.items()):
        first, second = (
            _WORDS[answer] + (", on condition" if name in table.only else "")
            for answer, table in ((group.first, FIRST), (group.second, SECOND))
        )
        yield f"| `{name}` | {x86_64.get(name, '')} | {aarch64.get(name, '')} | {first} | {second} |"
    yield f"| any other | | | {_WORDS[FIRST.unknown]} | {_WORDS[SECOND.unknown]} |\n"
