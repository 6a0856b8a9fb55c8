"""Lay pages of a read-only file into a pipe, the first step of Dirty Pipe (CVE-2022-0847).

See: https://dirtypipe.cm4all.com/
Layers: main
Control: yes
"""


def attempt():
    try:
        file = os.open("/usr/bin/python3", os.O_RDONLY)
    except OSError:
        file = 3
    reading, writing = os.pipe()
    return float(call(275, file, None, writing, None, 1, 0) == 1)
