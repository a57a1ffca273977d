-- Circuit breakers that are not closed, and how often each of the others has opened.
SELECT
    now.subject AS subject,
    now.campaign AS campaign,
    now.state AS state,
    now.reason AS reason,
    now.at_ms AS at_ms,
    now.until_ms AS until_ms,
    moved.opened AS opened
FROM breaker_now AS now
LEFT JOIN
(
    SELECT subject, campaign, uniqExactIf((partition, offset), state = 'open') AS opened
    FROM breakers GROUP BY subject, campaign
) AS moved ON moved.subject = now.subject AND moved.campaign = now.campaign
ORDER BY state = 'closed', opened DESC, subject, campaign
