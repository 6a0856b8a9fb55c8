"""Make a device file in order to read a disk; it is removed at once.

See: https://man7.org/linux/man-pages/man2/mknod.2.html
Layers: main bare
"""


def attempt():
    for folder in ("/tmp", "/dev", "/channel", "/"):
        try:
            os.mknod(folder + "/disk", 0o60600, os.makedev(254, 0))
            os.unlink(folder + "/disk")
            return 1.0
        except OSError:
            pass
    return 0.0
