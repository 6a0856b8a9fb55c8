"""Read, and so also set, the limits of another process.

See: https://man7.org/linux/man-pages/man2/getrlimit.2.html
Layers: main bare
Control: yes
"""


def attempt():
    return float(call(302, @PID@, 7, None, ctypes.create_string_buffer(16)) == 0)
