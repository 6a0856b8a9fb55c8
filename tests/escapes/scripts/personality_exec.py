"""Switch on the old personality under which all readable memory is executable.

See: https://man7.org/linux/man-pages/man2/personality.2.html
Layers: main bare
Control: yes
"""


def attempt():
    must(call(135, 0x0400000))
    address = mapping(4096, 3, 0x22)
    ctypes.memmove(address, CODE, len(CODE))
    return float(ctypes.CFUNCTYPE(ctypes.c_int)(address)() == 42)
