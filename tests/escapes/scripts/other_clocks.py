"""Read how much time another process has used, from a clock whose number is made of the process's own, or wait by it.

See: https://man7.org/linux/man-pages/man3/clock_getcpuclockid.3.html
Layers: main
Control: yes
"""


def attempt():
    clocks = [(~pid << 3) | 2 for pid in (1, 2, @PID@) if pid != os.getpid()]
    nothing, room = bytes(16), ctypes.create_string_buffer(16)
    read = any(call(number, clock, room) == 0 for number in (228, 229) for clock in clocks)
    waited = any(call(230, clock, 1, nothing, 0) == 0 for clock in clocks)  # until a moment that is past
    return float(read or waited)
