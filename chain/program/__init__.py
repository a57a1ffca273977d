"""The campaign-pot program: its C source, its build, what was built, and its IDL."""
