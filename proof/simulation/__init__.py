"""A seeded simulation in one process: the engine's real rounds and deciders on a broker made of lists."""
