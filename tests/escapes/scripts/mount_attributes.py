"""Take the read-only flag off the root by mount_setattr.

See: https://man7.org/linux/man-pages/man2/mount_setattr.2.html
Layers: main bare
"""


def attempt():
    return float(call(442, -100, b"/", 0x8000, struct.pack("<4Q", 0, 1, 0, 0), 32) == 0)
