"""Money on Solana: the pot program, the client of it, the executor, and a local chain to do it all on."""
