-- What each campaign has spent of its budget on its account's day, the fullest first.
SELECT
    subject,
    campaign,
    status,
    spend_micros,
    budget_micros,
    intDiv(spend_micros * 1000, nullIf(budget_micros, 0)) AS budget_permille,
    ratio_permille,
    currency
FROM campaign_now
ORDER BY budget_permille DESC NULLS LAST, subject, campaign
