"""Keep memory in a POSIX message queue; it is removed.

See: https://man7.org/linux/man-pages/man7/mq_overview.7.html
Layers: main bare
Control: yes
"""


def attempt():
    descriptor = must(call(240, b"llmdas-test", 0o102, 0o600, None))
    call(241, b"llmdas-test")
    return float(descriptor >= 0)
