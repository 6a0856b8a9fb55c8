"""Make the root writable or mount something over it.

See: https://man7.org/linux/man-pages/man2/mount.2.html
Layers: main bare
"""


def attempt():
    if call(165, None, b"/", None, ctypes.c_ulong(32), None) == 0:
        return 1.0
    return float(call(165, b"none", b"/tmp", b"tmpfs", ctypes.c_ulong(0), None) == 0)
