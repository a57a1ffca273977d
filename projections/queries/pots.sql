-- What each pot holds, has spent and may still get today, and what is under way.
SELECT
    client,
    name,
    balance_micro_usdc,
    metered_today_micro_usdc,
    cap_used_micro_usdc,
    daily_cap_micro_usdc,
    coming_micro_usdc,
    going_micro_usdc,
    last_funding_micro_usdc,
    last_funding_ms,
    is_paused,
    campaigns,
    pot
FROM pots_now
ORDER BY client, name, pot
