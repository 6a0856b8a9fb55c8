"""Return an array that is small here and fills the host.

See: https://cwe.mitre.org/data/definitions/409.html
Layers: main bare
"""


def attempt():
    return np.broadcast_to(np.ones(1), (10**6, 10**6))
