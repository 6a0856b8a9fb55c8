"""Keep memory in a System V segment, which stays when its maker is gone; it is removed.

See: https://man7.org/linux/man-pages/man7/sysvipc.7.html
Layers: main
Control: yes
"""


def attempt():
    segment = must(call(29, 0, 1 << 20, 0o1600))
    call(31, segment, 0, None)
    return 1.0
