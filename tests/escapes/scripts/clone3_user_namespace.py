"""The same by clone3, whose flags a filter cannot read.

See: https://lwn.net/Articles/822256/
Layers: main bare
Control: yes
"""


def attempt():
    arguments = struct.pack("<8Q", 0x10000000, 0, 0, 0, 17, 0, 0, 0)
    pid = call(435, ctypes.c_char_p(arguments), ctypes.c_ulong(64))
    if pid == 0:
        os._exit(0)
    return float(pid > 0)
