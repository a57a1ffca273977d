"""How the guarantees and the figures are proved; not shipped."""
