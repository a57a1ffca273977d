"""`make chaos-money`: fundings under kills of executor and chain, and a naive client as the control."""

import sys

from proof.treasury.chaos.command import main

sys.exit(main())
