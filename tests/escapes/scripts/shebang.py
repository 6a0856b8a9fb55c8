"""Leave an executable file wherever one can be left, and run it.

See: https://attack.mitre.org/techniques/T1059/004/
Layers: main bare
Control: yes
"""


def attempt():
    for folder in ("/tmp", "/channel", "/dev/shm", "/dev/mqueue", "/run", "/var/tmp", "/"):
        path = f"{folder}/llmdas-{os.getpid()}"
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o755)
        except OSError:
            continue
        try:
            os.write(descriptor, PROGRAM)
            os.close(descriptor)
            if child(lambda: os.execv(path, ["x"])) == 42:
                return 1.0
        finally:
            os.unlink(path)
    return 0.0
