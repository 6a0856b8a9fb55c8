"""Compare kernel objects of two processes, which gives away the order of kernel addresses.

See: https://man7.org/linux/man-pages/man2/kcmp.2.html
Layers: main bare
Control: yes
"""


def attempt():
    return float(any(call(312, os.getpid(), pid, 0, 0, 1) >= 0 for pid in pids()))
