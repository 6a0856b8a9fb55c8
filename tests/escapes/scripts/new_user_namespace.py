"""Become root in a user namespace of one's own, the way to most kernel flaws (CVE-2022-0185).

See: https://www.openwall.com/lists/oss-security/2022/01/18/7
Layers: main bare
Control: yes
"""


def attempt():
    return float(call(272, ctypes.c_ulong(0x10000000)) == 0 or call(272, ctypes.c_ulong(0x10020000)) == 0)
