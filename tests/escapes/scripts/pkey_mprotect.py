"""The same by pkey_mprotect, for a filter that knows mprotect only.

See: https://man7.org/linux/man-pages/man2/pkey_mprotect.2.html
Layers: main
Control: yes
"""


def attempt():
    address = mapping(4096, 3, 0x22)
    ctypes.memmove(address, CODE, len(CODE))
    must(call(329, address, 4096, 5, -1))
    return float(ctypes.CFUNCTYPE(ctypes.c_int)(address)() == 42)
