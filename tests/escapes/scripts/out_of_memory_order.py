"""Have the kernel kill others before us when memory runs out.

See: https://man7.org/linux/man-pages/man5/proc_pid_oom_score_adj.5.html
Layers: main bare
"""


def attempt():
    return float(os.write(os.open("/proc/self/oom_score_adj", os.O_WRONLY), b"-999") > 0)
