"""Connect to the sockets of an engine, of systemd or of the message bus; nothing is said.

See: https://attack.mitre.org/techniques/T1611/
Layers: main bare
"""


def attempt():
    for path in ("docker.sock", "containerd/containerd.sock", "podman/podman.sock", "crio/crio.sock",
                 "systemd/private", "systemd/notify", "dbus/system_bus_socket", "snapd.socket"):
        for folder in ("/run/", "/var/run/"):
            try:
                connect(1, 1, unix(folder + path))
                return 1.0
            except OSError:
                pass
    return 0.0
