"""Copy a descriptor out of another process.

See: https://lwn.net/Articles/808997/
Layers: main bare
Control: yes
"""


def attempt():
    return float(call(438, must(call(434, @PID@, 0)), 1, 0) >= 0)
