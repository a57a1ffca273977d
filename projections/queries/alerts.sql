-- Alerts that are not over, the gravest first.
SELECT
    subject,
    campaign,
    kind,
    severity,
    raised_ms,
    intDiv((SELECT now_ms FROM now_ms) - raised_ms, 60000) AS for_minutes,
    observed,
    bound,
    unit,
    spent_micros,
    budget_micros,
    currency
FROM open_alerts
ORDER BY indexOf(['critical', 'high', 'warning', 'info'], severity), raised_ms, subject, campaign, kind
