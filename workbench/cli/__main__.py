"""`python -m workbench.cli` is the `workbench` command."""

import sys

from . import main

sys.exit(main())
