"""Write to memory that is mapped read-only, by /proc/self/mem, which overrides page protections.

See: https://offlinemark.com/2021/05/12/an-obscure-quirk-of-proc/
Layers: main
Control: yes
"""


def attempt():
    address = mapping(4096, 1, 0x22)
    descriptor = os.open("/proc/self/mem", os.O_RDWR)
    os.lseek(descriptor, address, os.SEEK_SET)
    os.write(descriptor, b"changed")
    return float(ctypes.string_at(address, 7) == b"changed")
