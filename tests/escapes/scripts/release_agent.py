"""Mount a cgroup hierarchy in order to set its release agent (CVE-2022-0492); nothing is written.

See: https://unit42.paloaltonetworks.com/cve-2022-0492-cgroups/
Layers: main bare
"""


def attempt():
    call(272, ctypes.c_ulong(0x12020000))
    for kind, option in ((b"cgroup", b"rdma"), (b"cgroup", b"memory"), (b"cgroup2", None)):
        if call(165, b"none", b"/tmp", kind, ctypes.c_ulong(0), option) == 0:
            call(166, b"/tmp", ctypes.c_ulong(2))
            return 1.0
    return 0.0
