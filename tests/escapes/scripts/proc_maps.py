"""Read where another process has its memory, which makes its random addresses known.

See: https://man7.org/linux/man-pages/man5/proc_pid_maps.5.html
Layers: main bare
Control: yes
"""


def attempt():
    for pid in pids():
        try:
            with open(f"/proc/{pid}/maps") as file:
                if "-" in file.read():
                    return 1.0
        except OSError:
            pass
    return 0.0
