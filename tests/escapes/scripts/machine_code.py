"""Write machine code into memory and run it.

See: https://attack.mitre.org/techniques/T1055/
Layers: main
Control: yes
"""
from llmdas_sandbox.guest.tools import *



def attempt():
    memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    memory.write(b"\xb8\x2a\x00\x00\x00\xc3")  # mov eax, 42; ret
    function = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))
    return float(function() == 42)
