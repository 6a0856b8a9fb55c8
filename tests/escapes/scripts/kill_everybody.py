"""Signal every process that can be signalled; the signal is SIGCONT, which does no harm.

See: https://man7.org/linux/man-pages/man2/kill.2.html
Layers: main bare
"""


def attempt():
    return float(call(62, -1, 18) == 0)
