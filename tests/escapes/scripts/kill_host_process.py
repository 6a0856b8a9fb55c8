"""Kill a process of the host by its number.

See: https://man7.org/linux/man-pages/man7/pid_namespaces.7.html
Layers: main bare
Control: witness
"""


def attempt():
    os.kill(@PID@, signal.SIGKILL)
    return 1.0
