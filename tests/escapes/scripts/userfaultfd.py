"""Handle page faults in user space, which holds the kernel still in the middle of a copy.

See: https://man7.org/linux/man-pages/man2/userfaultfd.2.html
Layers: main bare
Control: yes
"""


def attempt():
    return float(call(323, 0) >= 0)
