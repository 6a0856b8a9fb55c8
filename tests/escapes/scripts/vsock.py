"""Talk to the machine below a virtual machine; namespaces do not part these sockets.

See: https://man7.org/linux/man-pages/man7/vsock.7.html
Layers: main bare
"""


def attempt():
    return float(new_socket(40, 1) >= 0)
