"""Lay a filter of our own over the others and answer its questions ourselves.

See: https://man7.org/linux/man-pages/man2/seccomp_unotify.2.html
Layers: main
Control: yes
"""


def attempt():
    call(157, 38, 1, 0, 0, 0)
    code = ctypes.create_string_buffer(struct.pack("<HBBI", 6, 0, 0, 0x7FFF0000), 8)
    program = struct.pack("<H6xQ", 1, ctypes.addressof(code))
    return float(call(317, 1, 8, program) >= 0)
