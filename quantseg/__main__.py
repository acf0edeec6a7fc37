"""Let ``python -m quantseg`` do what the ``quantseg`` command does."""

import sys

from quantseg.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
