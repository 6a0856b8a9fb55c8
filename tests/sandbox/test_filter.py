"""The table of system calls: whole, numbered as in the kernel's headers, and with a reason for every answer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from llmdas_sandbox.guest.call_numbers import numbers_of
from llmdas_sandbox.guest.calls import FIRST_ONLY, GROUPS, SECOND_ONLY, Action
from llmdas_sandbox.guest.filter import FIRST, SECOND, Filter, assemble

HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
PHASES = pytest.mark.parametrize("table", [FIRST, SECOND], ids=["first", "second"])


def names(answer: Action, table: Filter) -> set[str]:
    return {name for name, found in table.answers.items() if found is answer}


@pytest.mark.parametrize("machine", HEADERS)
def test_numbers_are_the_kernels(machine: str) -> None:
    if not HEADERS[machine].is_file():
        pytest.skip(f"SYSTEM-CALL NUMBERS NOT COMPARED: {HEADERS[machine]} is not installed (linux-libc-dev)")
    found = re.findall(r"^#define __NR(?:3264)?_(\w+)\s+(\d+)", HEADERS[machine].read_text(), re.MULTILINE)
    header = {name: int(number) for name, number in found}
    if machine == "aarch64":
        header["newfstatat"] = header.pop("fstatat")
        header = {  # what the header keeps for 32-bit machines and other families
            name: number
            for name, number in header.items()
            if not re.search(r"time64$|(?:time|timer|timerfd|adj)\w*64$|sync_file_range2|arch_specific", name)
        }
    header.pop("syscalls", None)
    ours = numbers_of(machine)
    assert {name: number for name, number in ours.items() if name in header} == header
    newest = max(header.values())
    assert all(number > newest for name, number in ours.items() if name not in header.keys() | {"uprobe", "uretprobe"})


@pytest.mark.parametrize("machine", HEADERS)
def test_no_number_stands_twice_and_recent_ones_leave_no_gap(machine: str) -> None:
    known = numbers_of(machine)
    assert len(set(known.values())) == len(known)
    assert set(range(424, max(known.values()) + 1)) <= set(known.values())
    assert max(known.values()) >= 470


def test_every_known_call_is_answered_once_with_a_reason() -> None:
    listed = [name for group in GROUPS for name in group.names.split()]
    assert len(listed) == len(set(listed))
    assert set(listed) == numbers_of("x86_64").keys() | numbers_of("aarch64").keys()
    assert all(group.reason for group in GROUPS)
    assert len({group.reason for group in GROUPS}) == len(GROUPS)


def test_conditions_stand_on_allowed_calls_only() -> None:
    assert FIRST_ONLY.keys() <= names(Action.ALLOW, FIRST)
    assert SECOND_ONLY.keys() <= names(Action.ALLOW, SECOND)


def test_second_filter_is_nowhere_wider_than_the_first() -> None:
    assert names(Action.ALLOW, SECOND) <= names(Action.ALLOW, FIRST)


def test_second_filter_permits_this_and_no_more() -> None:
    """A call that joins this list opens the guest wider; it wants a second pair of eyes."""
    wanted = """
        read write readv writev mmap mprotect munmap brk mremap madvise futex sched_yield
        clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time getrandom getrusage getpid gettid
        rt_sigreturn restart_syscall exit exit_group
    """
    assert names(Action.ALLOW, SECOND) == set(wanted.split())


def test_what_others_refuse_is_refused_from_the_start() -> None:
    """Named in the default profiles of Docker (as needing a capability) or of Flatpak and bubblewrap."""
    refused = """
        acct add_key bpf chroot clock_adjtime clock_settime create_module delete_module fanotify_init finit_module
        fsconfig fsmount fsopen fspick get_kernel_syms get_mempolicy init_module ioperm iopl kcmp kexec_file_load
        kexec_load keyctl lookup_dcookie mbind mount mount_setattr move_mount move_pages nfsservctl
        open_by_handle_at open_tree perf_event_open personality pidfd_getfd pivot_root process_madvise
        process_vm_readv process_vm_writev ptrace query_module quotactl quotactl_fd reboot request_key
        set_mempolicy set_mempolicy_home_node setdomainname sethostname setns settimeofday swapoff swapon syslog
        umount2 unshare uselib userfaultfd ustat vhangup io_uring_setup io_uring_enter io_uring_register modify_ldt
        migrate_pages
    """
    assert not set(refused.split()) & names(Action.ALLOW, FIRST)


def test_unknown_machine_is_refused() -> None:
    with pytest.raises(ValueError, match="riscv64"):
        assemble(FIRST, "riscv64")


@PHASES
def test_kill_ends_the_process_and_refusals_carry_an_errno(table: Filter) -> None:
    assert Action.KILL == 0x80000000, "SECCOMP_RET_KILL_PROCESS, not the thread alone"
    assert set(table.answers.values()) <= set(Action)
