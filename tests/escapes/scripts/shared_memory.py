"""Meet another process in POSIX shared memory.

See: https://man7.org/linux/man-pages/man7/shm_overview.7.html
Layers: main bare
Control: yes
"""


def attempt():
    with open("/dev/shm/@SHM@") as file:
        return float(file.read() == "@SECRET@")
