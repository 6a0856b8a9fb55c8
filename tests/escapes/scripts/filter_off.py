"""Switch the system-call filter off.

See: https://man7.org/linux/man-pages/man2/PR_SET_SECCOMP.2const.html
Layers: main bare
"""


def attempt():
    return float(call(157, 22, 0, 0, 0, 0) == 0 or call(157, 21, 0, 0, 0, 0) == 0)
