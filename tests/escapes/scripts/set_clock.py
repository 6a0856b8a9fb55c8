"""Set the machine's clock, to what it is.

See: https://man7.org/linux/man-pages/man2/settimeofday.2.html
Layers: main bare
"""


def attempt():
    now = time.time_ns()
    return float(call(227, 0, struct.pack("<2q", now // 10**9, now % 10**9)) == 0)
