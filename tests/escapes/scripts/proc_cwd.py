"""Read a file of the host through the working folder of another process.

See: https://man7.org/linux/man-pages/man5/proc_pid_cwd.5.html
Layers: main bare
Control: yes
"""


def attempt():
    for pid in [*pids(), "self"]:
        for level in range(12):
            try:
                with open(f"/proc/{pid}/cwd/" + "../" * level + "@SECRET_FILE@".lstrip("/")) as file:
                    return float(file.read() == "@SECRET@")
            except OSError:
                pass
    return 0.0
