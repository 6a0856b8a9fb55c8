"""Fill the log.

See: https://cwe.mitre.org/data/definitions/779.html
Layers: main bare
"""


def attempt():
    block = "x" * (1 << 20)
    said = 0
    for _ in range(64):
        print(block)
    for descriptor in (1, 2):
        try:
            said += os.write(descriptor, b"x")
        except OSError:
            pass
    return 1.0
