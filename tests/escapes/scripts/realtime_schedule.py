"""Run before everybody else on the machine.

See: https://man7.org/linux/man-pages/man7/sched.7.html
Layers: main bare
"""


def attempt():
    answers = [call(144, 0, 1, struct.pack("<i", 1)), call(141, 0, 0, -20), call(251, 1, 0, 1 << 13)]
    return float(0 in answers)
