"""Open the file of the rows for writing by its link in /proc.

See: https://man7.org/linux/man-pages/man5/proc_pid_map_files.5.html
Layers: main bare
Takes: rows score
"""


def attempt(rows, score):
    address = rows.__array_interface__["data"][0]
    for path in (f"/proc/self/map_files/{address:x}-{address + 4096:x}", *(f"/proc/self/fd/{n}" for n in range(3, 32))):
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        except OSError:
            continue
        if os.fstat(descriptor).st_mode & 0o170000 == 0o100000:
            return 1.0
    return 0.0
