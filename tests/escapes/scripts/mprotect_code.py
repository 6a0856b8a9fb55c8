"""Make a page executable after machine code was written to it.

See: https://man7.org/linux/man-pages/man2/mprotect.2.html
Layers: main
Control: yes
"""


def attempt():
    address = mapping(4096, 3, 0x22)
    ctypes.memmove(address, CODE, len(CODE))
    must(call(10, address, 4096, 5))
    return float(ctypes.CFUNCTYPE(ctypes.c_int)(address)() == 42)
