"""Read a secret out of another process by /proc/PID/mem.

See: https://man7.org/linux/man-pages/man5/proc_pid_mem.5.html
Layers: main bare
Control: yes
"""


def attempt():
    descriptor = os.open("/proc/@PID@/mem", os.O_RDONLY)
    os.lseek(descriptor, @SECRET_ADDRESS@, os.SEEK_SET)
    return float(os.read(descriptor, 24) == b"@SECRET@")
