"""Ask where another process keeps its list of locks, an address in its memory.

See: https://man7.org/linux/man-pages/man2/get_robust_list.2.html
Layers: main bare
Control: yes
"""


def attempt():
    head, size = ctypes.c_void_p(), ctypes.c_size_t()
    return float(any(call(274, pid, ctypes.byref(head), ctypes.byref(size)) == 0 for pid in pids()))
