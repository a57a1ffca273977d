-- How old each account's figures are, the oldest first.
SELECT
    subject,
    kind,
    completed_ms,
    complete_until_ms,
    intDiv((SELECT now_ms FROM now_ms) - completed_ms, 1000) AS age_s,
    failures,
    last_reason
FROM freshness
ORDER BY completed_ms, subject, kind
