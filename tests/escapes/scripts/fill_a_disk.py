"""Fill whatever can be written to, at most 64 MB.

See: https://attack.mitre.org/techniques/T1499/001/
Layers: main bare
"""


def attempt():
    block = bytes(1 << 20)
    for folder in ("/tmp", "/dev", "/dev/shm", "/dev/mqueue", "/channel", "/run", "/var/tmp", "/"):
        try:
            descriptor = os.open(folder + "/llmdas-fill", os.O_CREAT | os.O_WRONLY)
        except OSError:
            continue
        try:
            written = sum(os.write(descriptor, block) for _ in range(64))
        except OSError:
            written = 0
        os.unlink(folder + "/llmdas-fill")
        if written > 1 << 20:
            return 1.0
    return 0.0
