"""Take a set of System V semaphores, of which a machine has few; it is removed.

See: https://man7.org/linux/man-pages/man2/semget.2.html
Layers: main
Control: yes
"""


def attempt():
    found = must(call(64, 0, 250, 0o1600))
    call(66, found, 0, 0)
    return 1.0
