"""Pure deciders, one folder a subject; they import events only."""
