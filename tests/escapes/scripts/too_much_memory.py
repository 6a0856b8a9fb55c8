"""Take more memory than is allowed, at most 1.5 GB.

See: https://attack.mitre.org/techniques/T1499/
Layers: main bare
Control: no
"""


def attempt():
    held = []
    for _ in range(24):
        held.append(bytearray(os.urandom(16)) * (4 << 20))
    return 1.0
