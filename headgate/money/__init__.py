"""What people see of money on chain: pots, fundings, the ledger, and the rules of treasuries."""
