"""Take a descriptor of another process by opening its link in /proc/PID/fd.

See: https://man7.org/linux/man-pages/man5/proc_pid_fd.5.html
Layers: main bare
Control: yes
"""


def attempt():
    for pid in pids():
        for number in range(16):
            try:
                os.close(os.open(f"/proc/{pid}/fd/{number}", os.O_RDONLY | os.O_NONBLOCK))
                return 1.0
            except OSError:
                pass
    return 0.0
