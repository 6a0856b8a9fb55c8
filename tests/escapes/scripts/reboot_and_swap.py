"""Reach reboot and swapon: the words given are wrong, so that a permitted call is refused for them.

See: https://man7.org/linux/man-pages/man2/reboot.2.html
Layers: main bare
"""


def attempt():
    return float(call(169, 0, 0, 0, None) == -errno.EINVAL or call(167, b"/llmdas-none", 0) == -errno.ENOENT)
