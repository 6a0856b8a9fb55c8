"""Run a program that lies in no file system: a memory file and execveat.

See: https://man7.org/linux/man-pages/man2/execveat.2.html
Layers: main bare
Control: yes
"""


def attempt():
    descriptor = os.memfd_create("x")
    os.write(descriptor, PROGRAM)
    return float(child(lambda: call(322, descriptor, b"", None, None, 0x1000)) == 42)
