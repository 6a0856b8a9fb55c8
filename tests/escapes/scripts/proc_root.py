"""Walk out through the root link of another process.

See: https://man7.org/linux/man-pages/man5/proc_pid_root.5.html
Layers: main bare
Control: yes
"""


def attempt():
    found = 0.0
    for pid in ["self", "1", "2", str(os.getppid()), "@PID@"]:
        try:
            with open(f"/proc/{pid}/root@SECRET_FILE@") as file:
                found = max(found, float(file.read() == "@SECRET@"))
        except OSError:
            pass
    return found
