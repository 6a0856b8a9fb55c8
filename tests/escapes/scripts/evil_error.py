"""Raise an error whose text is made by a program that does not end well.

See: https://cwe.mitre.org/data/definitions/755.html
Layers: main bare
"""


def attempt():
    class Evil(BaseException):
        def __str__(self):
            raise Evil

        __repr__ = __str__

    Evil.__name__ = "\x1b[31m" * 1000
    raise Evil
