-- How long commands took, from the decision to the read-back, by action and outcome.
SELECT
    action,
    outcome,
    count() AS commands,
    toInt64(quantileExact(0.5)(took_ms)) AS half_ms,
    max(took_ms) AS longest_ms,
    max(attempts) AS attempts_max
FROM command_log
GROUP BY action, outcome
ORDER BY action, outcome
