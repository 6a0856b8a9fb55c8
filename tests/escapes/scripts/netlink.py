"""Ask the kernel for the host's interfaces by netlink; one beside lo with an address of the host would be an exit.

See: https://man7.org/linux/man-pages/man7/rtnetlink.7.html
Layers: main bare
Control: yes
"""


def attempt():
    asked = new_socket(16, 3)
    os.write(asked, struct.pack("=IHHIIBxxx", 20, 22, 0x301, 1, 0, 2))
    return float(bytes(map(int, "@ADDRESS@".split("."))) in os.read(asked, 65536))
