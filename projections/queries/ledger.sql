-- What each account of the ledger was debited and credited, pending and posted, in the smallest unit.
SELECT client, account, unit, debits_posted, credits_posted, debits_pending, credits_pending, balance
FROM ledger_balances
ORDER BY client, unit, account
