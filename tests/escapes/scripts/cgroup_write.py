"""Open the files of a control group for writing, to leave it or to lift its limits; nothing is written.

See: https://docs.kernel.org/admin-guide/cgroup-v2.html
Layers: main bare
"""


def attempt():
    for folder in ("/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/devices"):
        for name in ("cgroup.procs", "memory.max", "pids.max", "memory.limit_in_bytes", "notify_on_release"):
            try:
                os.close(os.open(f"{folder}/{name}", os.O_WRONLY))
                return 1.0
            except OSError:
                pass
    return 0.0
