"""Read what is worth stealing: keys, tokens, password hashes; at most their first byte.

See: https://attack.mitre.org/techniques/T1552/001/
Layers: main bare
Control: yes
"""


def attempt():
    for path in ("/etc/shadow", "/etc/passwd", "/etc/machine-id", "/etc/ssh/sshd_config", "/root/.ssh/id_rsa",
                 "/root/.docker/config.json", "/run/secrets/kubernetes.io/serviceaccount/token", "/var/run/secrets/token"):
        try:
            with open(path, "rb") as file:
                if file.read(1):
                    return 1.0
        except OSError:
            pass
    return 0.0
