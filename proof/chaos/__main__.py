"""`make chaos`: run scenarios on a local Kafka, verify each, and prove by mutations that it would show."""

import sys

from proof.chaos.command import main

sys.exit(main())
