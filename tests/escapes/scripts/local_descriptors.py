"""Put a code segment of one's own into the table of local descriptors.

See: https://man7.org/linux/man-pages/man2/modify_ldt.2.html
Layers: main
Control: yes
"""


def attempt():
    return float(call(154, 1, struct.pack("<4I", 0, 0, 0xFFFFF, 0x51), 16) == 0)
