"""Write frames of one's own onto the channel: a second result, a huge length, then noise.

See: https://cwe.mitre.org/data/definitions/502.html
Layers: main bare
"""


def attempt():
    for descriptor in range(16):
        for data in (HEADER.pack(MAGIC, 9, 1, 0, 2, 1 << 62), b"\x80\x04cos\nsystem\n" * 100):
            try:
                os.write(descriptor, data)
            except OSError:
                pass
    return 0.0
