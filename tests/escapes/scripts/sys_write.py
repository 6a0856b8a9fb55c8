"""Open settings of the kernel under /sys for writing; nothing is written.

See: https://docs.kernel.org/filesystems/sysfs.html
Layers: main bare
"""


def attempt():
    for path in ("kernel/mm/ksm/run", "kernel/mm/transparent_hugepage/enabled", "power/state", "kernel/uevent_seqnum"):
        try:
            os.close(os.open(f"/sys/{path}", os.O_WRONLY))
            return 1.0
        except OSError:
            pass
    return 0.0
