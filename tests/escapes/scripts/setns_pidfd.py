"""Enter another process's namespaces by its pidfd, where /proc is hidden.

See: https://man7.org/linux/man-pages/man2/pidfd_open.2.html
Layers: main bare
Control: yes
"""


def attempt():
    return float(call(308, must(call(434, @PID@, 0)), 0x04000000) == 0)  # CLONE_NEWUTS
