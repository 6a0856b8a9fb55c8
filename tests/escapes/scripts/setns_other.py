"""Enter a namespace of another process by its link in /proc.

See: https://man7.org/linux/man-pages/man2/setns.2.html
Layers: main bare
Control: yes
"""


def attempt():
    return float(call(308, os.open("/proc/@PID@/ns/uts", os.O_RDONLY), 0) == 0)
