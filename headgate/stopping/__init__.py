"""Emergency stops from the command line: who is meant, the order, and what became of each campaign."""
