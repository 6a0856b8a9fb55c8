"""Open the kernel's core_pattern for writing; nothing is written.

See: https://pwning.systems/posts/escaping-containers-for-fun/
Layers: main bare
"""


def attempt():
    for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/sys/kernel/uevent_helper"):
        try:
            os.close(os.open(path, os.O_WRONLY))
            return 1.0
        except OSError:
            pass
    return 0.0
