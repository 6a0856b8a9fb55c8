"""Copy the tree of mounts without what masks parts of it.

See: https://brauner.io/2023/02/28/mounting-into-mount-namespaces.html
Layers: main bare
Control: yes
"""


def attempt():
    return float(call(428, -100, b"/", 0x1) >= 0)  # OPEN_TREE_CLONE, not recursive
