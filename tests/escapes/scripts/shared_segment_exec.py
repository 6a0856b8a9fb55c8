"""Get executable memory as a System V segment, for a filter that looks at mmap only.

See: https://man7.org/linux/man-pages/man2/shmop.2.html
Layers: main
Control: yes
"""


def attempt():
    segment = must(call(29, 0, 4096, 0o1700))
    address = call(30, segment, None, 0o100000)
    call(31, segment, 0, None)
    must(address)
    ctypes.memmove(address, CODE, len(CODE))
    return float(ctypes.CFUNCTYPE(ctypes.c_int)(address)() == 42)
