"""Ask for all capabilities back.

See: https://man7.org/linux/man-pages/man2/capset.2.html
Layers: main bare
Control: yes
"""


def attempt():
    head, wanted = struct.pack("<Ii", 0x20080522, 0), struct.pack("<6I", 1, 1, 0, 0, 0, 0)  # CAP_CHOWN
    return float(call(126, head, wanted) == 0)
