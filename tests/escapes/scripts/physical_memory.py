"""Read the machine's memory as a file.

See: https://man7.org/linux/man-pages/man4/mem.4.html
Layers: main bare
"""


def attempt():
    for path in ("/proc/kcore", "/dev/mem", "/dev/kmem", "/dev/port", "/proc/vmcore"):
        try:
            if os.read(os.open(path, os.O_RDONLY), 64):
                return 1.0
        except OSError:
            pass
    return 0.0
