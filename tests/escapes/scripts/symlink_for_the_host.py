"""Leave a link in the folder that the host reads, which would lead it elsewhere (CVE-2018-15664).

See: https://nvd.nist.gov/vuln/detail/CVE-2018-15664
Layers: main bare
"""


def attempt():
    for act in (
        lambda: os.symlink("@SECRET_FILE@", "/channel/link"),
        lambda: os.link("/channel/alive", "/channel/second"),
        lambda: os.rename("/channel/alive", "/channel/other"),
        lambda: os.unlink("/channel/alive"),
        lambda: os.mkfifo("/channel/fifo"),
    ):
        try:
            act()
            return 1.0
        except OSError:
            pass
    return 0.0
