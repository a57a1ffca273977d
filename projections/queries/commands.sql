-- The newest commands and how they ended.
SELECT decided_ms, subject, campaign, order, action, reason, outcome, outcome_reason, attempts, took_ms
FROM command_log
ORDER BY decided_ms DESC, subject, campaign, order DESC
LIMIT 50
