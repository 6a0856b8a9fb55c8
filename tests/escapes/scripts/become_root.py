"""Become user 0 by every call that sets users.

See: https://man7.org/linux/man-pages/man2/setresuid.2.html
Layers: main bare
Control: yes
"""


def attempt():
    answers = [call(117, 0, 0, 0), call(105, 0), call(113, 0, 0), call(119, 0, 0, 0), call(106, 0), call(116, 0, None)]
    return float(0 in answers)
