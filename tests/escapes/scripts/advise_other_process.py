"""Tell the kernel to page another process's memory out.

See: https://man7.org/linux/man-pages/man2/process_madvise.2.html
Layers: main bare
Control: yes
"""


def attempt():
    pages = (ctypes.c_void_p * 2)(@SECRET_ADDRESS@ & ~4095, 4096)
    return float(call(440, must(call(434, @PID@, 0)), pages, 1, 20, 0) >= 0)
