-- The newest fundings: what became of each, how long it took, and what it cost.
SELECT
    client,
    pots_now.name AS pot_name,
    amount_micro_usdc,
    state,
    mode,
    void_reason,
    reserved_ms,
    took_ms,
    attempts,
    fee_lamports,
    signature,
    fundings.campaigns AS campaigns,
    movement_id
FROM fundings
LEFT JOIN pots_now ON pots_now.client = fundings.client AND pots_now.pot = fundings.pot
ORDER BY reserved_ms DESC, movement_id
