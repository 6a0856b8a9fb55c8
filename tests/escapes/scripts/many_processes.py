"""Start more processes than are allowed; each ends with its parent.

See: https://attack.mitre.org/techniques/T1499/001/
Layers: main bare
Control: yes
"""


def attempt():
    reading, writing = os.pipe()
    made = 0
    for _ in range(24):
        try:
            if os.fork() == 0:
                os.close(writing)
                os.read(reading, 1)
                os._exit(0)
        except OSError:
            break
        made += 1
    return float(made >= 8)
