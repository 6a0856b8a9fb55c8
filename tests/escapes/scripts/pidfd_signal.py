"""Kill a process of the host by a pidfd, for a filter that knows kill only.

See: https://man7.org/linux/man-pages/man2/pidfd_send_signal.2.html
Layers: main bare
Control: witness
"""


def attempt():
    return float(call(424, must(call(434, @PID@, 0)), 9, None, 0) == 0)
