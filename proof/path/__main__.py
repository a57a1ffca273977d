"""`make chaos-path`: the whole path under kills, faults and people's edits, verified by its own oracle."""

import sys

from proof.path.command import main

sys.exit(main())
