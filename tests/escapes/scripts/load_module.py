"""Have the kernel load a module; it is none, so that a permitted call is refused for it.

See: https://attack.mitre.org/techniques/T1547/006/
Layers: main bare
"""


def attempt():
    return float(call(175, bytes(64), 64, b"") in (0, -errno.ENOEXEC) or call(246, 0, 0, None, 0) == 0)
