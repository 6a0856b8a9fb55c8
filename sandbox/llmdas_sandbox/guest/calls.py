"""What each system call is answered, before and after a guest is warm, and why: the one table of both filters.

The first filter stands from before the interpreter starts until the end, the second is set on every thread when all is
imported and no program has been looked at; where both have a say, the stricter answer counts (seccomp(2)). The first
refuses calls that it knows with EPERM and others with ENOSYS, as an older kernel would; the second kills. Every call
that `call_numbers` knows stands here once. See also: the default profiles of Docker and Flatpak.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum


class Action(IntEnum):
    """SECCOMP_RET_* values."""

    ALLOW = 0x7FFF0000
    EPERM = 0x00050000 | 1
    ENOSYS = 0x00050000 | 38
    KILL = 0x80000000


@dataclass(frozen=True, slots=True)
class Only:
    """Allow a call only with certain values in one argument; a call with others is answered EPERM.

    Attributes:
        argument: its index.
        mask: the bits of its low 32 that are looked at.
        values: what these bits may be.
        reason: the condition in words.
    """

    argument: int
    mask: int
    values: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Group:
    """System calls that are answered alike for one reason.

    Attributes:
        first: the first filter's answer.
        second: the second filter's answer.
        reason: why.
        names: the kernel's names, separated by spaces.
    """

    first: Action
    second: Action
    reason: str
    names: str


_YES, _NO, _OLD, _KILL = Action.ALLOW, Action.EPERM, Action.ENOSYS, Action.KILL
_ALL = 0xFFFFFFFF
_CLONE_NEW = 0x7E020000  # every CLONE_NEW* flag that clone(2) takes
_ANONYMOUS, _GROWSDOWN, _LOCKED, _HUGETLB = 0x20, 0x100, 0x2000, 0x40000  # MAP_*, the same on both machines

GROUPS = (
    Group(_YES, _YES, "the conversation over the two channel descriptors", "read write readv writev"),
    Group(_YES, _YES, "memory of arrays and of the interpreter", "mmap mprotect munmap brk mremap madvise"),
    Group(_YES, _YES, "locks of the interpreter and of OpenBLAS", "futex sched_yield"),
    Group(
        _YES,
        _YES,
        "clocks and waiting; no effect outside",
        "clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time",
    ),
    Group(_YES, _YES, "returning from signals and ending", "rt_sigreturn restart_syscall exit exit_group"),
    Group(_YES, _YES, "seeds of hash tables and generators", "getrandom"),
    Group(_YES, _YES, "the usage that the guest reports, and its own number", "getrusage getpid gettid"),
    Group(
        _YES,
        _NO,
        "modules are loaded; afterwards libraries ask for files and cope with a refusal",
        "open openat stat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat getcwd getdents"
        " getdents64 fstat lseek ioctl fcntl",
    ),
    Group(
        _YES,
        _NO,
        "libraries ask about machine and process, and cope with a refusal",
        "prlimit64 getrlimit sched_getaffinity sysinfo uname getcpu getuid geteuid getgid getegid membarrier rseq",
    ),
    Group(
        _YES,
        _NO,
        "a thread that ends asks; a guest must not block the signal that ends it with its host",
        "rt_sigprocmask set_robust_list",
    ),
    Group(
        _YES,
        _NO,
        "descriptors are closed before the second filter; the one that ends a guest with its host stays open",
        "close",
    ),
    Group(
        _YES,
        _KILL,
        "handlers and timers are set before; a guest must not take away those that end it",
        "rt_sigaction sigaltstack setitimer getitimer",
    ),
    Group(
        _YES, _KILL, "starting the interpreter: the root holds no other program", "execve arch_prctl set_tid_address"
    ),
    Group(
        _YES,
        _KILL,
        "a warm guest forks, waits for and kills its children; nobody else is in its namespace",
        "clone fork wait4 waitid kill tgkill getppid getpgrp getpgid getsid",
    ),
    Group(
        _YES,
        _KILL,
        "a warm guest waits for its host and takes descriptors from it, over a socket that it is given",
        "poll ppoll select pselect6 recvmsg pipe pipe2",
    ),
    Group(
        _YES,
        _KILL,
        "descriptors, limits and filters are set up, then given up",
        "dup dup2 dup3 close_range pread64 setrlimit prctl seccomp",
    ),
    Group(
        _YES,
        _KILL,
        "an engine waits and wakes its threads between filter and start of the guest",
        "epoll_create1 epoll_ctl epoll_wait epoll_pwait eventfd2",
    ),
    Group(
        _YES,
        _KILL,
        "the self-check asks who it is and what it may write",
        "capget getgroups getresuid getresgid statfs fstatfs unlink unlinkat times",
    ),
    Group(_OLD, _KILL, "the flags lie behind a pointer; the C library falls back to the older call", "clone3 openat2"),
    Group(_NO, _NO, "OpenBLAS binds memory and copes with a refusal", "mbind get_mempolicy set_mempolicy"),
    Group(
        _NO,
        _KILL,
        "no sockets, whatever namespaces allow",
        "socket socketpair connect bind listen accept accept4 sendto sendmsg sendmmsg recvfrom recvmmsg shutdown"
        " getsockname getpeername getsockopt setsockopt",
    ),
    Group(
        _NO,
        _KILL,
        "no look into another process and no hand in it",
        "ptrace process_vm_readv process_vm_writev process_madvise process_mrelease kcmp pidfd_open pidfd_getfd"
        " pidfd_send_signal get_robust_list move_pages migrate_pages tkill rt_sigqueueinfo rt_tgsigqueueinfo",
    ),
    Group(
        _NO,
        _KILL,
        "no namespace, mount or change of root from inside",
        "unshare setns mount umount2 pivot_root chroot open_tree open_tree_attr move_mount fsopen fsconfig fsmount"
        " fspick mount_setattr statmount listmount listns sethostname setdomainname",
    ),
    Group(
        _NO,
        _KILL,
        "the way out of containers known as shocker: a file by number",
        "open_by_handle_at name_to_handle_at",
    ),
    Group(
        _NO,
        _KILL,
        "they would carry out calls that this table refuses, in the kernel's name",
        "io_uring_setup io_uring_enter io_uring_register io_setup io_destroy io_submit io_cancel io_getevents"
        " io_pgetevents",
    ),
    Group(
        _NO,
        _KILL,
        "kernel surface behind many escalations",
        "bpf perf_event_open userfaultfd vmsplice splice tee sendfile copy_file_range remap_file_pages",
    ),
    Group(
        _NO,
        _KILL,
        "recent kernels (seen: 6.18) pass these two by every filter; where the host set no probe they fail or end"
        " the process",
        "uprobe uretprobe",
    ),
    Group(_NO, _KILL, "key rings are not in a namespace", "keyctl add_key request_key"),
    Group(
        _NO,
        _KILL,
        "the machine is not the guest's to run",
        "kexec_load kexec_file_load init_module finit_module delete_module create_module query_module get_kernel_syms"
        " iopl ioperm modify_ldt reboot acct syslog swapon swapoff quotactl quotactl_fd vhangup settimeofday adjtimex"
        " clock_settime clock_adjtime lookup_dcookie sysfs _sysctl nfsservctl ustat",
    ),
    Group(
        _NO,
        _KILL,
        "it can make data executable and switch off random addresses",
        "personality uselib",
    ),
    Group(
        _NO,
        _KILL,
        "memory that can be run, hidden, shared or pinned past what the limits count",
        "memfd_create memfd_secret execveat mlock mlock2 mlockall munlock munlockall mincore msync pkey_mprotect"
        " pkey_alloc pkey_free map_shadow_stack mseal set_mempolicy_home_node shmget shmat shmctl shmdt cachestat",
    ),
    Group(
        _NO,
        _KILL,
        "queues and watches of the kernel that no numeric program needs",
        "msgget msgsnd msgrcv msgctl semget semop semtimedop semctl mq_open mq_unlink mq_timedsend mq_timedreceive"
        " mq_notify mq_getsetattr inotify_init inotify_init1 inotify_add_watch inotify_rm_watch fanotify_init"
        " fanotify_mark signalfd signalfd4 timerfd_create timerfd_settime timerfd_gettime eventfd epoll_create"
        " epoll_pwait2 futex_waitv futex_wake futex_wait futex_requeue timer_create timer_settime timer_gettime"
        " timer_getoverrun timer_delete alarm pause rt_sigpending rt_sigtimedwait rt_sigsuspend",
    ),
    Group(
        _NO,
        _KILL,
        "the root is read-only: nothing to make, change or write through",
        "creat mkdir mkdirat mknod mknodat link linkat symlink symlinkat rename renameat renameat2 rmdir truncate"
        " ftruncate fallocate chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes futimesat"
        " utimensat setxattr lsetxattr fsetxattr setxattrat removexattr lremovexattr fremovexattr removexattrat"
        " file_setattr pwrite64 pwritev pwritev2 sync syncfs fsync fdatasync sync_file_range umask",
    ),
    Group(
        _NO,
        _KILL,
        "reading that no start of a guest was seen to need",
        "preadv preadv2 readahead fadvise64 flock chdir fchdir getxattr lgetxattr fgetxattr getxattrat listxattr"
        " llistxattr flistxattr listxattrat file_getattr",
    ),
    Group(
        _NO,
        _KILL,
        "who the guest is and how it is scheduled is settled before it starts",
        "setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid capset setsid setpgid"
        " setpriority getpriority ioprio_set ioprio_get sched_setaffinity sched_setparam sched_getparam"
        " sched_setscheduler sched_getscheduler sched_setattr sched_getattr sched_get_priority_max"
        " sched_get_priority_min sched_rr_get_interval",
    ),
    Group(
        _NO,
        _KILL,
        "security modules are the host's to set",
        "landlock_create_ruleset landlock_add_rule landlock_restrict_self lsm_get_self_attr lsm_set_self_attr"
        " lsm_list_modules",
    ),
    Group(
        _NO,
        _KILL,
        "vfork shares memory until the child runs a program; the others were never or are no longer there",
        "vfork getpmsg putpmsg afs_syscall tuxcall security set_thread_area get_thread_area epoll_ctl_old"
        " epoll_wait_old vserver",
    ),
)

FIRST_ONLY: Mapping[str, tuple[Only, ...]] = {
    "clone": (Only(0, _CLONE_NEW, (0,), "no new namespace"),),
    "prlimit64": (Only(0, _ALL, (0,), "the limits of the process that calls, by the number 0"),),
    "ioctl": (
        Only(
            1,
            _ALL,
            (0x5401, 0x5413, 0x5421, 0x5450, 0x5451),
            "TCGETS, TIOCGWINSZ, FIONBIO, FIONCLEX, FIOCLEX; so not TIOCSTI or TIOCLINUX, which type into a terminal",
        ),
    ),
    "prctl": (
        Only(
            0,
            _ALL,
            (1, 3, 4, 15, 16, 21, 23, 38, 39, 0x53564D41),
            "death signal, dumpable, name, seccomp mode, bounding set, no_new_privs, names of mappings",
        ),
    ),
}

_CLOCKS = (  # three masked values are 0 to 11; another process's clock is its complemented number, shifted
    Only(0, _ALL & ~0x3, (0, 4, 8), "a clock by its fixed number, 0 to 11; so no clock of another process or a file"),
)

SECOND_ONLY: Mapping[str, tuple[Only, ...]] = {
    "mmap": (
        Only(2, _ALL & ~0x3, (0,), "readable and writable, never executable"),
        Only(
            3,
            _ANONYMOUS | _GROWSDOWN | _LOCKED | _HUGETLB,
            (_ANONYMOUS,),
            "anonymous; not growing, locked or of huge pages by name",
        ),
    ),
    "mprotect": (Only(2, _ALL & ~0x3, (0,), "readable and writable, never executable"),),
    "madvise": (Only(2, _ALL, (4, 8, 14, 15), "MADV_DONTNEED, _FREE, _HUGEPAGE, _NOHUGEPAGE"),),
    "futex": (
        Only(  # 0x80 is FUTEX_PRIVATE_FLAG; 0x100 only says which clock a wait goes by
            1,
            _ALL & ~0x100,
            (0x80, 0x81, 0x89, 0x8A),
            "FUTEX_WAIT, _WAKE, _WAIT_BITSET, _WAKE_BITSET of this process alone: guests map the same files, by which"
            " the kernel would join the others; no priority inheritance",
        ),
    ),
    **dict.fromkeys(("clock_gettime", "clock_getres", "clock_nanosleep"), _CLOCKS),
}

# A warm guest in a container fetches the socket of its conversation itself, so an engine's profile permits these two.
HANDOVER_ONLY: Mapping[str, tuple[Only, ...]] = {
    "socket": (Only(0, _ALL, (1,), "AF_UNIX"),),
    "connect": (),
}
