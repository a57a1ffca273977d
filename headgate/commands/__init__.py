"""One module a command; each has `app`, a Typer that is the command or, with several, the group."""
