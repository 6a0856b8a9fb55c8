"""Ask for a socket under its x32 number, which a filter by number alone does not see.

See: https://man7.org/linux/man-pages/man2/seccomp.2.html
Layers: main bare
"""


def attempt():
    return float(call(0x40000000 + 41, 2, 1, 0) >= 0)
