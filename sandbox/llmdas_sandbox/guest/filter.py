"""System-call filters, assembled from one table each: what the kernel does for a guest, before and after it is warm.

`FIRST` stands from before the interpreter starts (a deny list: an interpreter must still start under it). `SECOND` is
set by the guest when everything is imported (an allow list whose default kills), on every thread at once. Numbers:
``asm/unistd_64.h`` (x86_64) and ``asm-generic/unistd.h`` (aarch64); BPF and seccomp_data: seccomp(2).
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class Action(IntEnum):
    """SECCOMP_RET_* values."""

    ALLOW = 0x7FFF0000
    EPERM = 0x00050000 | 1
    ENOSYS = 0x00050000 | 38
    KILL = 0x80000000


@dataclass(frozen=True, slots=True)
class Rule:
    """One system call.

    Attributes:
        name: the kernel's name for it.
        x86_64: number there, None where the call does not exist.
        aarch64: number there, None where the call does not exist.
        action: what the kernel does; with `mask`, what it does when a masked bit is set (else it allows).
        reason: why.
        mask: (argument index, bits), or None to look at no argument.
    """

    name: str
    x86_64: int | None
    aarch64: int | None
    action: Action
    reason: str
    mask: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """A table and what happens to calls that are not in it."""

    rules: Sequence[Rule]
    default: Action


_PROT_EXEC = 0x4
_CLONE_NEW = 0x7E020000  # every CLONE_NEW* flag that clone(2) takes

_CHANNEL = "the conversation over the two channel descriptors"
_MEMORY = "memory of arrays and of the interpreter"
_CLOCK = "clocks and waiting; no effect outside"
_SELF = "about the process itself"
_END = "returning from signals and ending"
_ASKED = "libraries ask and cope with a refusal"

SECOND = Filter(
    rules=(
        Rule("read", 0, 63, Action.ALLOW, _CHANNEL),
        Rule("write", 1, 64, Action.ALLOW, _CHANNEL),
        Rule("readv", 19, 65, Action.ALLOW, _CHANNEL),
        Rule("writev", 20, 66, Action.ALLOW, _CHANNEL),
        Rule("close", 3, 57, Action.ALLOW, "giving descriptors up"),
        Rule("fstat", 5, 80, Action.ALLOW, "about an open descriptor only"),
        Rule("lseek", 8, 62, Action.ALLOW, "fails on the channel; asked by the interpreter"),
        Rule("mmap", 9, 222, Action.EPERM, f"{_MEMORY}, never executable", (2, _PROT_EXEC)),
        Rule("mprotect", 10, 226, Action.EPERM, f"{_MEMORY}, never executable", (2, _PROT_EXEC)),
        Rule("munmap", 11, 215, Action.ALLOW, _MEMORY),
        Rule("brk", 12, 214, Action.ALLOW, _MEMORY),
        Rule("mremap", 25, 216, Action.ALLOW, _MEMORY),
        Rule("madvise", 28, 233, Action.ALLOW, _MEMORY),
        Rule("rt_sigaction", 13, 134, Action.ALLOW, _END),
        Rule("rt_sigprocmask", 14, 135, Action.ALLOW, _END),
        Rule("rt_sigreturn", 15, 139, Action.ALLOW, _END),
        Rule("sigaltstack", 131, 132, Action.ALLOW, _END),
        Rule("restart_syscall", 219, 128, Action.ALLOW, _END),
        Rule("exit", 60, 93, Action.ALLOW, _END),
        Rule("exit_group", 231, 94, Action.ALLOW, _END),
        Rule("futex", 202, 98, Action.ALLOW, "locks of the interpreter and of OpenBLAS"),
        Rule("sched_yield", 24, 124, Action.ALLOW, "OpenBLAS waits with it"),
        Rule("clock_gettime", 228, 113, Action.ALLOW, _CLOCK),
        Rule("clock_nanosleep", 230, 115, Action.ALLOW, _CLOCK),
        Rule("nanosleep", 35, 101, Action.ALLOW, _CLOCK),
        Rule("gettimeofday", 96, 169, Action.ALLOW, _CLOCK),
        Rule("time", 201, None, Action.ALLOW, _CLOCK),
        Rule("getrandom", 318, 278, Action.ALLOW, "seeds of hash tables and generators"),
        Rule("getpid", 39, 172, Action.ALLOW, _SELF),
        Rule("gettid", 186, 178, Action.ALLOW, _SELF),
        Rule("getrusage", 98, 165, Action.ALLOW, "the usage that the guest reports"),
        Rule("rseq", 334, 293, Action.ALLOW, _SELF),
        Rule("open", 2, None, Action.EPERM, _ASKED),
        Rule("openat", 257, 56, Action.EPERM, _ASKED),
        Rule("stat", 4, None, Action.EPERM, _ASKED),
        Rule("lstat", 6, None, Action.EPERM, _ASKED),
        Rule("access", 21, None, Action.EPERM, _ASKED),
        Rule("newfstatat", 262, 79, Action.EPERM, _ASKED),
        Rule("readlink", 89, None, Action.EPERM, _ASKED),
        Rule("readlinkat", 267, 78, Action.EPERM, _ASKED),
        Rule("getcwd", 79, 17, Action.EPERM, _ASKED),
        Rule("ioctl", 16, 29, Action.EPERM, "the interpreter asks whether a descriptor is a terminal"),
        Rule("fcntl", 72, 25, Action.EPERM, _ASKED),
        Rule("prlimit64", 302, 261, Action.EPERM, "limits are set; asked by sysconf"),
        Rule("sched_getaffinity", 204, 123, Action.EPERM, "OpenBLAS counts processors"),
        Rule("sysinfo", 99, 179, Action.EPERM, "qsort of some C libraries asks how much memory there is"),
    ),
    default=Action.KILL,
)

_NAMESPACES = "no namespace, mount or change of root from inside"
_SPYING = "no look into another process"
_KERNEL = "kernel surface that no numeric program needs"
_NETWORK = "no sockets, whatever namespaces allow"

FIRST = Filter(
    rules=(
        Rule("socket", 41, 198, Action.EPERM, _NETWORK),
        Rule("socketpair", 53, 199, Action.EPERM, _NETWORK),
        Rule("connect", 42, 203, Action.EPERM, _NETWORK),
        Rule("bind", 49, 200, Action.EPERM, _NETWORK),
        Rule("ptrace", 101, 117, Action.EPERM, _SPYING),
        Rule("process_vm_readv", 310, 270, Action.EPERM, _SPYING),
        Rule("process_vm_writev", 311, 271, Action.EPERM, _SPYING),
        Rule("process_madvise", 440, 440, Action.EPERM, _SPYING),
        Rule("kcmp", 312, 272, Action.EPERM, _SPYING),
        Rule("pidfd_open", 434, 434, Action.EPERM, _SPYING),
        Rule("pidfd_getfd", 438, 438, Action.EPERM, _SPYING),
        Rule("pidfd_send_signal", 424, 424, Action.EPERM, _SPYING),
        Rule("clone", 56, 220, Action.EPERM, _NAMESPACES, (0, _CLONE_NEW)),
        Rule("clone3", 435, 435, Action.ENOSYS, "its flags lie behind a pointer; the C library falls back to clone"),
        Rule("unshare", 272, 97, Action.EPERM, _NAMESPACES),
        Rule("setns", 308, 268, Action.EPERM, _NAMESPACES),
        Rule("mount", 165, 40, Action.EPERM, _NAMESPACES),
        Rule("umount2", 166, 39, Action.EPERM, _NAMESPACES),
        Rule("pivot_root", 155, 41, Action.EPERM, _NAMESPACES),
        Rule("chroot", 161, 51, Action.EPERM, _NAMESPACES),
        Rule("open_tree", 428, 428, Action.EPERM, _NAMESPACES),
        Rule("move_mount", 429, 429, Action.EPERM, _NAMESPACES),
        Rule("fsopen", 430, 430, Action.EPERM, _NAMESPACES),
        Rule("fsconfig", 431, 431, Action.EPERM, _NAMESPACES),
        Rule("fsmount", 432, 432, Action.EPERM, _NAMESPACES),
        Rule("fspick", 433, 433, Action.EPERM, _NAMESPACES),
        Rule("mount_setattr", 442, 442, Action.EPERM, _NAMESPACES),
        Rule("open_by_handle_at", 304, 265, Action.EPERM, "the way out of containers known as shocker"),
        Rule("name_to_handle_at", 303, 264, Action.EPERM, "the way out of containers known as shocker"),
        Rule("bpf", 321, 280, Action.EPERM, _KERNEL),
        Rule("perf_event_open", 298, 241, Action.EPERM, _KERNEL),
        Rule("userfaultfd", 323, 282, Action.EPERM, _KERNEL),
        Rule("io_uring_setup", 425, 425, Action.EPERM, "it would carry out calls that this table refuses"),
        Rule("io_uring_enter", 426, 426, Action.EPERM, "it would carry out calls that this table refuses"),
        Rule("io_uring_register", 427, 427, Action.EPERM, "it would carry out calls that this table refuses"),
        Rule("keyctl", 250, 219, Action.EPERM, "key rings are not in a namespace"),
        Rule("add_key", 248, 217, Action.EPERM, "key rings are not in a namespace"),
        Rule("request_key", 249, 218, Action.EPERM, "key rings are not in a namespace"),
        Rule("kexec_load", 246, 104, Action.EPERM, _KERNEL),
        Rule("kexec_file_load", 320, 294, Action.EPERM, _KERNEL),
        Rule("init_module", 175, 105, Action.EPERM, _KERNEL),
        Rule("finit_module", 313, 273, Action.EPERM, _KERNEL),
        Rule("delete_module", 176, 106, Action.EPERM, _KERNEL),
        Rule("personality", 135, 92, Action.EPERM, "it can make data executable and switch off random addresses"),
        Rule("modify_ldt", 154, None, Action.EPERM, _KERNEL),
        Rule("iopl", 172, None, Action.EPERM, _KERNEL),
        Rule("ioperm", 173, None, Action.EPERM, _KERNEL),
        Rule("quotactl", 179, 60, Action.EPERM, _KERNEL),
        Rule("swapon", 167, 224, Action.EPERM, _KERNEL),
        Rule("swapoff", 168, 225, Action.EPERM, _KERNEL),
        Rule("reboot", 169, 142, Action.EPERM, _KERNEL),
        Rule("acct", 163, 89, Action.EPERM, _KERNEL),
        Rule("syslog", 103, 116, Action.EPERM, _KERNEL),
        Rule("move_pages", 279, 239, Action.EPERM, _KERNEL),
        Rule("vmsplice", 278, 75, Action.EPERM, _KERNEL),
        Rule("fanotify_init", 300, 262, Action.EPERM, _KERNEL),
        Rule("lookup_dcookie", 212, 18, Action.EPERM, _KERNEL),
        Rule("mknodat", 259, 33, Action.EPERM, "no device files"),
        Rule("mknod", 133, None, Action.EPERM, "no device files"),
    ),
    default=Action.ALLOW,
)

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000  # set in the number of an x32 call, which would pass under another name
_INSTRUCTION = struct.Struct("<HBBI")
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_SET_MODE_FILTER, _TSYNC, _SET_NO_NEW_PRIVS = 1, 1, 38
_SECCOMP = {"x86_64": 317, "aarch64": 277}


def assemble(table: Filter, machine: str) -> bytes:
    """Return the BPF program of a table for ``x86_64`` or ``aarch64``.

    Raises:
        ValueError: there are no numbers for this machine.
    """
    if machine not in _AUDIT_ARCH:
        raise ValueError(f"no system-call numbers for {machine}")
    pack = _INSTRUCTION.pack
    code = [
        pack(_LOAD, 0, 0, _ARCHITECTURE),
        pack(_EQUAL, 1, 0, _AUDIT_ARCH[machine]),
        pack(_RETURN, 0, 0, Action.KILL),
        pack(_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        code += [pack(_AT_LEAST, 0, 1, _X32), pack(_RETURN, 0, 0, Action.KILL)]
    for rule in table.rules:
        number = rule.x86_64 if machine == "x86_64" else rule.aarch64
        if number is not None:
            code += _instructions(rule, number)
    return b"".join([*code, pack(_RETURN, 0, 0, table.default)])


def _instructions(rule: Rule, number: int) -> list[bytes]:
    pack = _INSTRUCTION.pack
    if rule.mask is None:
        return [pack(_EQUAL, 0, 1, number), pack(_RETURN, 0, 0, rule.action)]
    argument, bits = rule.mask
    return [
        pack(_EQUAL, 0, 4, number),
        pack(_LOAD, 0, 0, _ARGUMENTS + 8 * argument),  # low word: both machines are little-endian
        pack(_ANY_BIT, 0, 1, bits),
        pack(_RETURN, 0, 0, rule.action),
        pack(_RETURN, 0, 0, Action.ALLOW),
    ]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def install(code: bytes, machine: str) -> None:
    """Put every thread of this process under a filter, for good (seccomp(2) with SECCOMP_FILTER_FLAG_TSYNC).

    Raises:
        OSError: the kernel refused.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs could not be set")
    program = _Program(len(code) // _INSTRUCTION.size, code)
    answer = libc.syscall(_SECCOMP[machine], _SET_MODE_FILTER, _TSYNC, ctypes.byref(program))
    if answer != 0:
        raise OSError(ctypes.get_errno(), f"seccomp(2) answered {answer}")
