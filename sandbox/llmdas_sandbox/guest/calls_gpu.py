"""What both system-call filters permit besides when a GPU enters the guest: CUDA starts after the second one is set.

From what others report (NVIDIA's user-mode driver is closed); each row widens a filter, and everything else stays as
`calls` says. The numbers of ioctl(2) can be filtered but not the structures behind them, so with a GPU the driver in
the kernel has to withstand the program: only gVisor's driver proxy looks at these calls
(https://gvisor.dev/docs/user_guide/gpu/).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from llmdas_sandbox.guest import filter as plain
from llmdas_sandbox.guest.calls import FIRST_ONLY, SECOND_ONLY, Action, Group, Only

VARIABLE = "LLMDAS_GUEST_GPU"  # set by the host when a device enters, read before any program is
_YES, _NO, _OLD = Action.ALLOW, Action.EPERM, Action.ENOSYS

WIDER = (
    Group(_YES, _YES, "every command to the GPU's driver is one, on the devices that are bound in", "ioctl"),
    Group(
        _YES,
        _YES,
        "device files, driver libraries and facts about the machine are opened late; the root is read-only",
        "open openat stat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat getdents64 fstat lseek"
        " fcntl close pread64 statfs fstatfs getcwd",
    ),
    Group(_YES, _YES, "without it the driver does not start (error 304); its pages count as memory", "memfd_create"),
    Group(_YES, _YES, "sets the size of such a file; no other file can be written", "ftruncate fallocate"),
    Group(
        _YES,
        _YES,
        "the driver starts threads, names and places them; no new process: the host's limit on them holds",
        "clone set_robust_list rseq rt_sigprocmask prctl sched_getaffinity sched_setaffinity"
        " sched_getscheduler sched_getparam sched_get_priority_max sched_get_priority_min",
    ),
    Group(_OLD, _OLD, "the C library falls back to the older call", "clone3"),
    Group(_YES, _YES, "the driver's threads wait for events", "poll ppoll eventfd2 pipe2"),
    Group(
        _YES,
        _YES,
        "libraries ask about machine and process",
        "prlimit64 sysinfo uname getcpu getuid geteuid getgid getegid getppid membarrier",
    ),
    Group(_NO, _NO, "the driver looks for its helpers' sockets and copes with a refusal", "socket connect"),
    Group(_NO, _NO, "the driver would make missing device files and copes with a refusal", "mknod mknodat"),
)

_CLONE_THREAD = 0x10000
_WITHOUT = {
    "ioctl": "commands of the driver have numbers of its own",
    "mmap": "code of driver libraries and of compiled kernels is mapped executable, device memory is not anonymous",
    "mprotect": "the driver's libraries and compiled kernels are made executable",
    "madvise": "the driver marks its memory as not to be copied",
    "futex": "the driver's locks; those that are not private reach other guests that map the same file",
}  # conditions on arguments that cannot hold, and why

_THREADS: Mapping[str, tuple[Only, ...]] = {
    "clone": (*FIRST_ONLY["clone"], Only(0, _CLONE_THREAD, (_CLONE_THREAD,), "a thread of this process")),
    "prctl": (Only(0, 0xFFFFFFFF, (15, 16), "names of threads"),),
}

FIRST = replace(
    plain.FIRST,
    answers={**plain.FIRST.answers, **{name: group.first for group in WIDER for name in group.names.split()}},
    only={name: conditions for name, conditions in FIRST_ONLY.items() if name != "ioctl"},
)
SECOND = replace(
    plain.SECOND,
    answers={**plain.SECOND.answers, **{name: group.second for group in WIDER for name in group.names.split()}},
    only={name: conditions for name, conditions in {**SECOND_ONLY, **_THREADS}.items() if name not in _WITHOUT},
)


def gpu_enters() -> bool:
    """Say whether the host let a GPU into this guest."""
    return VARIABLE in os.environ
