"""Fill the kernel's memory with the buffers of pipes, which no limit on address space counts.

See: https://man7.org/linux/man-pages/man7/pipe.7.html
Layers: main bare
Control: yes
"""


def attempt():
    filled = 0
    for _ in range(48):
        try:
            _, writing = os.pipe()
            fcntl.fcntl(writing, 1031, 1 << 20)
            os.set_blocking(writing, False)
            filled += os.write(writing, bytes(1 << 20))
        except OSError:
            break
    return float(filled > 32 << 20)
