"""Watch what others do with files of the same file system.

See: https://man7.org/linux/man-pages/man7/fanotify.7.html
Layers: main bare
Control: yes
"""


def attempt():
    return float(call(300, 0, 0) >= 0)
