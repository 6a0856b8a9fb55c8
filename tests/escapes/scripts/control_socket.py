"""Speak to the host in the place of the process that forked us, or hold open what shows that the host lives.

See: https://cwe.mitre.org/data/definitions/923.html
Layers: main bare
"""


def attempt():
    try:
        os.close(os.open("/channel/alive", os.O_WRONLY | os.O_NONBLOCK))
        return 1.0
    except OSError:
        pass
    connect(1, 5, unix("/channel/control"))
    return 1.0
