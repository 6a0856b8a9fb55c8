"""Open the register of binary formats, by which the kernel runs a program of ours for others; nothing is written.

See: https://github.com/toffan/binfmt_misc
Layers: main bare
"""


def attempt():
    for path in ("/proc/sys/fs/binfmt_misc/register", "/proc/sys/kernel/modprobe", "/proc/sys/vm/overcommit_memory"):
        try:
            os.close(os.open(path, os.O_WRONLY))
            return 1.0
        except OSError:
            pass
    return 0.0
