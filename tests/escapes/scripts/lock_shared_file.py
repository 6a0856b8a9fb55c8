"""Lock a file or folder that other runs read as well.

See: https://man7.org/linux/man-pages/man2/flock.2.html
Layers: main
Control: yes
"""


def attempt():
    return float(any(call(73, descriptor, 6) == 0 for descriptor in (os.open("/", os.O_RDONLY), 3, 4, 5)))
