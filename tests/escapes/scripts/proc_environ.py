"""Read a secret from the environment of another process.

See: https://attack.mitre.org/techniques/T1552/007/
Layers: main bare
Control: yes
"""


def attempt():
    if "@SECRET@" in os.environ.values():
        return 1.0
    found = 0.0
    for pid in [*range(1, 64), "@PID@"]:
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                found = max(found, float(b"@SECRET@" in file.read()))
        except OSError:
            pass
    return found
