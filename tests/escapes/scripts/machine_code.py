"""Map memory that is writable and executable, write machine code into it and run it.

See: https://attack.mitre.org/techniques/T1055/
Layers: main
Control: yes
"""


def attempt():
    address = mapping(4096, 7, 0x22)
    ctypes.memmove(address, CODE, len(CODE))
    return float(ctypes.CFUNCTYPE(ctypes.c_int)(address)() == 42)
