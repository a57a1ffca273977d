-- How days that are over came out against their plans, the furthest off first.
SELECT
    pacing.subject AS subject,
    pacing.campaign AS campaign,
    pacing.day AS day,
    any(plan.strategy) AS strategy,
    any(plan.history_days) AS history_days,
    any(plan.confidence_permille) AS confidence_permille,
    any(plan.budget_micros) AS budget_micros,
    sum(ifNull(pacing.spend_micros, 0)) AS spent_micros,
    intDiv(spent_micros * 1000, nullIf(budget_micros, 0)) AS delivered_permille,
    toInt64(
        1000 * sqrt(avg(pow(ifNull(pacing.spend_micros, 0) - pacing.plan_micros, 2)))
        / (nullIf(budget_micros, 0) / count())
    ) AS rmse_permille,
    countIf(pacing.spend_micros BETWEEN pacing.low_micros AND pacing.high_micros) AS hours_in_band,
    countIf(pacing.low_micros IS NOT NULL) AS hours_with_band
FROM pacing
INNER JOIN plan_now AS plan
    ON plan.subject = pacing.subject AND plan.campaign = pacing.campaign AND plan.day = pacing.day
WHERE plan.day_end_ms <= (SELECT now_ms FROM now_ms)
GROUP BY subject, campaign, day
ORDER BY rmse_permille DESC NULLS LAST, subject, campaign, day
LIMIT 50
