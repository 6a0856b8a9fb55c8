"""Report an end of one's own, as the process that forked us would.

See: https://cwe.mitre.org/data/definitions/345.html
Layers: main bare
"""


def attempt():
    for descriptor in range(64):
        try:
            os.write(descriptor, b'{"code": 0, "cpu_s": -1e308, "peak_bytes": 1e999}')
        except OSError:
            pass
    return 0.0
