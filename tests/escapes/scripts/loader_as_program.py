"""Run a program through the loader of shared libraries, which needs no permission to execute the program.

See: https://man7.org/linux/man-pages/man8/ld.so.8.html
Layers: main
Control: yes
"""


def attempt():
    loader = "/lib64/ld-linux-x86-64.so.2"
    return float(child(lambda: os.execv(loader, [loader, "--help"])) == 0)
