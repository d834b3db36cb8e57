"""``python -m sklstm``: the command line."""

import sys

from sklstm._cli import main

if __name__ == "__main__":
    sys.exit(main())
