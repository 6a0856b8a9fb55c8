"""Read addresses of the kernel, by which an exploit would aim.

See: https://man7.org/linux/man-pages/man5/proc_kallsyms.5.html
Layers: main bare
Control: yes
"""


def attempt():
    with open("/proc/kallsyms") as file:
        return float(any(int(line.split()[0], 16) for line in file.read(4096).splitlines()[:-1]))
