"""Attach to process 1 of the namespace or to a process of the host with ptrace.

See: https://attack.mitre.org/techniques/T1055/008/
Layers: main bare
Control: yes
"""


def attempt():
    for pid in (@PID@, 1, os.getppid()):
        if pid != os.getpid() and call(101, ctypes.c_long(0x4206), ctypes.c_long(pid), 0, 0) == 0:  # PTRACE_SEIZE
            return 1.0
    return 0.0
