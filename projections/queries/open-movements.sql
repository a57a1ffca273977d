-- Movements of money without an end yet, the oldest first: what headgate pots judge wants is movement_id.
SELECT
    client,
    pots_now.name AS pot_name,
    kind,
    amount_micro_usdc,
    state,
    attempts,
    reserved_ms,
    intDiv((SELECT now_ms FROM now_ms) - reserved_ms, 1000) AS age_s,
    movement_id
FROM movements
LEFT JOIN pots_now ON pots_now.client = movements.client AND pots_now.pot = movements.pot
WHERE state NOT IN ('posted', 'voided')
ORDER BY reserved_ms, movement_id
