"""Make a page of a library writable, patch its code, make it executable again.

See: https://pax.grsecurity.net/docs/mprotect.txt
Layers: main
Control: yes
"""


def attempt():
    function = LIBC.argz_insert
    address = ctypes.cast(function, ctypes.c_void_p).value
    page = address & ~4095
    must(call(10, page, 8192, 3))
    ctypes.memmove(address, CODE, len(CODE))
    must(call(10, page, 8192, 5))
    return float(function() == 42)
