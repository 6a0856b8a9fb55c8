"""Lets ``python -m llmdas`` run the command line."""

import sys

from llmdas.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
