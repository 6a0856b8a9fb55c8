"""Ask the kernel for the host's interfaces by netlink; one beside lo with an address of the host would be an exit.

See: https://man7.org/linux/man-pages/man7/rtnetlink.7.html
Layers: main bare
Control: yes
"""
from llmdas_sandbox.guest.tools import *



def attempt():
    asked = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    asked.settimeout(2)
    asked.send(struct.pack("=IHHIIBxxx", 20, 22, 0x301, 1, 0, 2))
    return float(socket.inet_aton("@ADDRESS@") in asked.recv(65536))
