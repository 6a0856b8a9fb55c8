"""Have the kernel send SIGKILL to another process as the owner of a pipe's events (F_SETOWN, F_SETSIG).

See: https://man7.org/linux/man-pages/man2/fcntl.2.html
Layers: main bare
Control: witness
"""


def attempt():
    reading, writing = 0, 0
    try:
        reading, writing = os.pipe()
    except OSError:
        pass
    must(call(72, reading, 8, @PID@))
    must(call(72, reading, 10, 9))
    must(call(72, reading, 4, 0o22000))
    os.write(writing, b"x")
    time.sleep(0.3)
    return 1.0
