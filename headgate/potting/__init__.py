"""What people do with pots: on chain, and in the log; broken off, it may be taken up again."""
