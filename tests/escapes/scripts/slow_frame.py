"""Send half a header and keep the host waiting for the other half.

See: https://en.wikipedia.org/wiki/Slowloris_(cyber_attack)
Layers: main bare
"""


def attempt():
    for descriptor in range(16):
        try:
            os.write(descriptor, MAGIC)
        except OSError:
            pass
    while True:
        time.sleep(100)
