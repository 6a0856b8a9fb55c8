"""Every control of the sandbox by name: who enforces it at each backend and level, how it is measured, where it is not.

`docs/threat-model.md` explains the same names; a test keeps the two lists alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

VM = "vm"  # key of what differs where gVisor's own kernel answers


@dataclass(frozen=True, slots=True)
class Control:
    """One control.

    Attributes:
        name: how `doctor`, the self-check and the threat model call it.
        enforced: backend (or ``vm``) -> who enforces it; ``*`` for all others.
        measured: how, in a few words.
        quick: part of the check at every first opening, which starts one guest.
        only: levels at which it exists.
        absent: backend, level or ``vm`` -> why this is no control there and what stands in its place.
    """

    name: str
    enforced: Mapping[str, str]
    measured: str
    quick: bool = False
    only: tuple[str, ...] = ("warm", "fresh", "vm")
    absent: Mapping[str, str] = field(default_factory=dict)

    def enforced_by(self, backend: str, level: str) -> str:
        """Return who enforces it there."""
        place = VM if level == VM and VM in self.enforced else backend
        return self.enforced.get(place) or self.enforced["*"]

    def absence(self, backend: str, level: str) -> str:
        """Return why it is no control there, empty where it is one."""
        return self.absent.get(level) or ("" if level == VM else self.absent.get(backend, ""))


def _by(bubblewrap: str, docker: str, vm: str = "") -> dict[str, str]:
    return {"bubblewrap": bubblewrap, "docker": docker, VM: vm or docker}


_SPACES = _by("namespaces (bwrap)", "namespaces (engine)")
_UNREACHED = _by("first filter, namespaces (bwrap)", "first filter, namespaces (engine)", "gVisor, namespaces (engine)")
_SECOND, _RLIMIT, _HOST = {"*": "second filter"}, {"*": "rlimit (guest code)"}, {"*": "host code"}
_NO_CGROUP = "no cgroup here: address space is limited instead (memory_limit), and a program starts no process"
_SHARED_KERNEL = "the host's kernel answers; the level vm puts gVisor's between"
_WARM = ("warm",)

CONTROLS = (
    Control("not_root_on_host", _by("root gives up user 0", "engine (user)"), "outside: /proc/PID/status", True),
    Control("own_namespaces", _SPACES,
            "outside: links in /proc/PID/ns beside ours; net pid ipc uts mnt must differ, others are told", True),
    Control("no_route", _SPACES, "outside: interfaces and routes in /proc/PID/net", True),
    Control("own_kernel", {"*": "gVisor"}, "inside: uname(2) beside the host's", True,
            absent={"warm": _SHARED_KERNEL, "fresh": _SHARED_KERNEL}),
    Control("not_root", _by("user namespace", "engine (user)"), "inside: getresuid(2), getgroups(2)", True),
    Control("no_capabilities", _by("bwrap (cap-drop)", "engine (cap-drop)"), "inside: capget(2), bounding set", True),
    Control("no_new_privileges", _by("bwrap", "engine"), "inside: prctl(2)", True),
    Control("first_filter", _by("our filter, set by bwrap", "our filter, set by the engine"),
            "inside, two threads: four calls that our table refuses and an engine's own profile allows; a user"
            " namespace, a key ring, seccomp mode", True,
            absent={VM: "gVisor's kernel answers instead (own_kernel)"}),
    Control("second_filter", _SECOND, "inside, two threads: a file is opened", True),
    Control("filter_kills", _SECOND, "children make ten calls that no program needs; each must be killed"),
    Control("read_only_root", _by("read-only bind", "engine (read-only)"),
            "inside: a file is made in every folder, the root is remounted", True),
    Control("kernel_settings_closed", _by("no /proc, no /sys", "engine (masks)", "gVisor"),
            "inside: /proc/sys and kin are opened for writing", True),
    Control("nothing_stored", _by("rlimit, no tmpfs", "rlimit, no tmpfs"),
            "child under limits: a byte into every place and a memory file"),
    Control("no_devices", _by("no /dev", "engine's own /dev"), "inside: device files in /dev", True),
    Control("host_files_hidden", _SPACES, "inside: home, work folder, root, /etc/passwd are looked for", True),
    Control("host_environment_hidden", _by("bwrap (clearenv)", "engine"), "inside: names of all variables", True),
    Control("no_engine_socket", _SPACES, "inside: places of engine sockets", True),
    Control("no_inherited_descriptors", _by("host and guest code", "engine, guest code"),
            "inside: fstat(2) on every descriptor", True),
    Control("no_control_socket", {"*": "guest code"}, "inside: a socket among the descriptors", True, only=_WARM),
    Control("no_network", _UNREACHED, "inside: connect to addresses that need a route (RFC 5737, RFC 3849)", True),
    Control("no_sockets", _SECOND, "children ask for each family: unix inet inet6 netlink packet alg vsock", True),
    Control("no_dns", _UNREACHED, "inside: a query to each of the host's name servers"),
    Control("host_sockets_unreachable", _UNREACHED, "the host listens on an abstract name, a path and loopback"),
    Control("other_runs_hidden", _SPACES, "a second guest lives: its processes, memory and places are looked for"),
    Control("zygote_out_of_reach", _SECOND, "children signal, trace and read the guest that forked them", only=_WARM),
    Control("earlier_programs_gone", {"*": "fork copies pages"},
            "a program before the probe marks numpy; the probe looks for it", only=_WARM),
    Control("owners_parted", _HOST, "two owners' programs: each starts a guest of its own", only=_WARM),
    Control("wall_limit", _HOST, "a program that never ends"),
    Control("cpu_limit", {"*": "rlimit, timer (guest)"}, "a program that never ends"),
    Control("memory_limit", _RLIMIT, "a child takes address space until refused"),
    Control("memory_cgroup", {"*": "cgroup (engine)"}, "a child touches memory until killed",
            absent={"bubblewrap": _NO_CGROUP, VM: "reaching it would end gVisor as well; see memory_limit"}),
    Control("program_memory_limit", _RLIMIT, "a program that asks for too large an array"),
    Control("process_limit", _by("rlimit (guest code)", "cgroup, rlimit"),
            "a child forks until refused; under docker once more without the rlimit",
            absent={VM: "gVisor knows no such limit; the second filter permits no process (filter_kills)"}),
    Control("open_files_limit", _RLIMIT, "a child opens descriptors until refused"),
    Control("output_limit", _HOST, "arrays of exactly the limit and of 8 bytes more"),
    Control("printed_limit", {"*": "guest code"}, "text of exactly the limit and one character more"),
    Control("callback_calls_limit", _HOST, "a program that calls for ever; answers are counted"),
    Control("callback_rows_limit", _HOST, "a program that asks for ever; rows are counted"),
    Control("frame_limit", _HOST, "arrays of exactly the limit and of 8 bytes more"),
    Control("nothing_left", _HOST, "before and after: processes, containers, mounts, memory files, folders"),
)  # fmt: skip
BY_NAME = {control.name: control for control in CONTROLS}


_NOT_WITH_GPU = ("memory_limit", "nothing_stored")  # a driver reserves address space and makes memory files


def due(backend: str, level: str, *, full: bool, gpu: bool = False) -> tuple[str, ...]:
    """Return the names of the controls that a check of this backend and level must measure.

    Args:
        backend: ``bubblewrap`` or ``docker``.
        level: ``warm``, ``fresh`` or ``vm``.
        full: all of them, or those of the quick check.
        gpu: a GPU enters the guest, whose driver some limits would stop.
    """
    return tuple(
        control.name
        for control in CONTROLS
        if level in control.only
        and not control.absence(backend, level)
        and (full or control.quick)
        and not (gpu and control.name in _NOT_WITH_GPU)
    )
