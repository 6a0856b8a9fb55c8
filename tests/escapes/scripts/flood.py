"""Write to the channel until somebody stops us.

See: https://cwe.mitre.org/data/definitions/400.html
Layers: main bare
"""


def attempt():
    block = HEADER.pack(MAGIC, 6, 2, 0, 0, 1 << 27) + struct.pack("<2Q", 1 << 24, 1) + bytes(1 << 20)
    while True:
        for descriptor in range(16):
            try:
                os.write(descriptor, block)
            except OSError:
                pass
