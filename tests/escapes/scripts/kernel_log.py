"""Read the kernel's log.

See: https://man7.org/linux/man-pages/man2/syslog.2.html
Layers: main bare
Control: yes
"""


def attempt():
    return float(call(103, 3, ctypes.create_string_buffer(4096), 4096) >= 0)
