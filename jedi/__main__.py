"""`python -m jedi`."""

import sys

from jedi.cli import main

sys.exit(main())
