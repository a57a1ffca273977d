-- What people ask about plans, alerts, breakers, stops, terms and forecasts; and the views that know of them now.

CREATE OR REPLACE VIEW alert_log AS
SELECT
    subject,
    campaign,
    kind,
    episode,
    raised.1 AS severity,
    raised.2 AS raised_ms,
    nullIf(cleared.1, 0) AS cleared_ms,
    if(cleared.1 = 0, NULL, cleared.1 - raised.2) AS took_ms,
    cleared.2 AS cleared_for,
    raised.3 AS observed,
    raised.4 AS bound,
    raised.5 AS unit,
    raised.6 AS day,
    raised.7 AS spent_micros,
    raised.8 AS budget_micros,
    raised.9 AS ratio_permille,
    raised.10 AS currency,
    raises,
    clears
FROM
(
    SELECT
        subject,
        campaign,
        kind,
        episode,
        argMinIf(
            (
                toString(severity), at_ms, observed, bound, toString(unit), day, spent_micros, budget_micros,
                ratio_permille, toString(currency)
            ),
            (partition, offset),
            state = 'raised'
        ) AS raised,
        argMinIf((at_ms, toString(reason)), (partition, offset), state = 'cleared') AS cleared,
        uniqExactIf((partition, offset), state = 'raised') AS raises,
        uniqExactIf((partition, offset), state = 'cleared') AS clears
    FROM alerts
    GROUP BY subject, campaign, kind, episode
)
COMMENT 'Each episode of an alert once: when it was raised and cleared, and by which figures.';

CREATE OR REPLACE VIEW open_alerts AS
SELECT
    subject,
    campaign,
    kind,
    episode,
    severity,
    raised_ms,
    observed,
    bound,
    unit,
    day,
    spent_micros,
    budget_micros,
    ratio_permille,
    currency
FROM alert_log WHERE raises > 0 AND clears = 0
COMMENT 'Alerts that were raised and are not over.';

CREATE OR REPLACE VIEW breaker_now AS
SELECT
    subject,
    campaign,
    newest.1 AS state,
    newest.2 AS previous,
    newest.3 AS reason,
    newest.4 AS at_ms,
    newest.5 AS until_ms
FROM
(
    SELECT
        subject,
        campaign,
        argMax((toString(state), toString(previous), toString(reason), at_ms, until_ms), (partition, offset)) AS newest
    FROM breakers
    GROUP BY subject, campaign
)
COMMENT 'How the circuit breaker of each campaign stands that ever moved.';

CREATE OR REPLACE VIEW stops_now AS
SELECT
    subject,
    stop_id,
    ordered.1 AS scope,
    ordered.2 AS campaign,
    ordered.3 AS at_ms,
    ordered.4 AS reason,
    ordered.5 AS by,
    nullIf(lifted_ms, 0) AS lifted_ms
FROM
(
    SELECT
        subject,
        stop_id,
        argMinIf((toString(scope), campaign, at_ms, reason, by), (partition, offset), state = 'ordered') AS ordered,
        maxIf(at_ms, state = 'lifted') AS lifted_ms
    FROM stops
    GROUP BY subject, stop_id
)
COMMENT 'Emergency stops by account, and since when they are lifted.';

CREATE OR REPLACE VIEW terms_now AS
SELECT * EXCEPT (topic, partition, offset, item)
FROM terms
ORDER BY version DESC, partition, offset
LIMIT 1 BY subject, campaign
COMMENT 'The terms in force of each campaign that has some.';

CREATE OR REPLACE VIEW forecast_now AS
SELECT * EXCEPT (topic, partition, offset, item)
FROM forecasts
ORDER BY made_ms DESC, partition, offset DESC
LIMIT 1 BY subject, campaign, day
COMMENT 'The newest forecast of each campaign and day.';

CREATE OR REPLACE VIEW plan_now AS
SELECT
    subject,
    campaign,
    day,
    newest.1 AS budget_micros,
    newest.2 AS strategy,
    newest.3 AS hours_micros,
    newest.4 AS day_start_ms,
    newest.5 AS day_end_ms,
    newest.6 AS from_ms,
    newest.7 AS low_micros,
    newest.8 AS high_micros,
    newest.9 AS confidence_permille,
    newest.10 AS history_days,
    newest.11 AS held_back_micros,
    newest.12 AS made_of,
    newest.13 AS made_of_permille,
    newest.14 AS policy_version
FROM
(
    SELECT
        subject,
        campaign,
        day,
        argMax(
            (
                budget_micros, strategy, hours_micros, day_start_ms, day_end_ms, from_ms, low_micros, high_micros,
                confidence_permille, history_days, held_back_micros, made_of, made_of_permille, policy_version
            ),
            (partition, offset, item)
        ) AS newest
    FROM plans
    GROUP BY subject, campaign, day
)
COMMENT 'The plan in force of each campaign and day, in micros an hour.';

CREATE OR REPLACE VIEW pacing AS
SELECT
    plan.subject AS subject,
    plan.campaign AS campaign,
    plan.day AS day,
    plan.hour AS hour,
    plan.planned AS plan_micros,
    cell.spend_micros AS spend_micros,
    plan.strategy AS strategy,
    plan.low AS low_micros,
    plan.high AS high_micros
FROM
(
    SELECT
        subject,
        campaign,
        day,
        strategy,
        entry.1 - 1 AS hour,
        entry.2 AS planned,
        if(hour < length(low_micros), toNullable(low_micros[hour + 1]), NULL) AS low,
        if(hour < length(high_micros), toNullable(high_micros[hour + 1]), NULL) AS high
    FROM plan_now
    ARRAY JOIN arrayZip(arrayEnumerate(hours_micros), hours_micros) AS entry
) AS plan
LEFT JOIN spend AS cell
    ON cell.subject = plan.subject AND cell.campaign = plan.campaign
    AND cell.day = plan.day AND cell.hour = plan.hour
COMMENT 'Plan, its band and observed spend side by side, by campaign and hour of the account''s day.';

CREATE OR REPLACE VIEW command_log AS
SELECT
    asked.subject AS subject,
    asked.campaign AS campaign,
    asked.order AS order,
    asked.action AS action,
    asked.reason AS reason,
    if(ended.how.1 = '', 'pending', ended.how.1) AS outcome,
    ended.how.2 AS outcome_reason,
    ended.how.3 AS detail,
    tried.attempts AS attempts,
    asked.decided_ms AS decided_ms,
    nullIf(tried.first_ms, 0) AS attempted_ms,
    nullIf(ended.how.4, 0) AS done_ms,
    if(ended.how.1 = '', NULL, ended.how.4 - asked.decided_ms) AS took_ms,
    asked.spent_micros AS spent_micros,
    asked.budget_micros AS budget_micros,
    asked.limit_micros AS limit_micros,
    asked.from_micros AS from_micros,
    asked.to_micros AS to_micros,
    asked.target_micros AS target_micros,
    asked.stop_id AS stop_id,
    asked.day AS day,
    asked.currency AS currency,
    asked.command_id AS command_id,
    asked.causation_id AS causation_id,
    asked.policy_version AS policy_version
FROM
(
    SELECT * FROM commands ORDER BY partition, offset LIMIT 1 BY command_id
) AS asked
LEFT JOIN
(
    SELECT command_id, toUInt32(uniqExact(attempt)) AS attempts, min(at_ms) AS first_ms
    FROM attempts GROUP BY command_id
) AS tried ON tried.command_id = asked.command_id
LEFT JOIN
(
    SELECT
        command_id,
        argMin((toString(outcome), toString(reason), detail, at_ms), (partition, offset)) AS how
    FROM outcomes GROUP BY command_id
) AS ended ON ended.command_id = asked.command_id
COMMENT 'Each command once: why, how often it was tried, how it ended, and how long that took.';

CREATE OR REPLACE VIEW campaign_now AS
WITH
    (SELECT toString(toDate(fromUnixTimestamp64Milli(now_ms, 'UTC')) - 1) FROM now_ms) AS oldest_day,
    today AS
    (
        SELECT subject, max(day) AS newest_day
        FROM spend_observations
        WHERE day >= oldest_day AND (partition, offset) NOT IN (SELECT partition, offset FROM refused)
        GROUP BY subject
    ),
    known AS
    (
        SELECT
            subject,
            campaign,
            argMax(
                (name, status, daily_budget_micros, currency, time_zone, as_of_ms),
                (as_of_ms, ifNull(daily_budget_micros, -1), partition, offset, item)
            ) AS newest
        FROM campaign_observations
        WHERE (partition, offset) NOT IN (SELECT partition, offset FROM refused)
        GROUP BY subject, campaign
    ),
    last_command AS
    (
        SELECT subject, campaign, argMax((toString(action), outcome, decided_ms, toString(reason)), order) AS newest
        FROM command_log WHERE action != 'set-budget' GROUP BY subject, campaign
    ),
    alerted AS
    (
        SELECT subject, campaign, count() AS open
        FROM open_alerts GROUP BY subject, campaign
    )
SELECT
    splitByChar('/', known.subject)[1] AS client,
    splitByChar('/', known.subject)[2] AS platform,
    splitByChar('/', known.subject)[3] AS account,
    known.subject AS subject,
    known.campaign AS campaign,
    known.newest.1 AS name,
    known.newest.2 AS status,
    known.newest.4 AS currency,
    known.newest.5 AS time_zone,
    today.newest_day AS day,
    known.newest.3 AS budget_micros,
    spent.spend_micros AS spend_micros,
    spent.as_of_ms - spent.day_start_ms AS since_start_ms,
    intDiv(since_start_ms, 3600000) AS full_hours,
    multiIf(
        empty(planned.hours_micros) OR spent.day_start_ms = 0, NULL,
        full_hours >= length(planned.hours_micros), planned.budget_micros,
        toInt64(
            arraySum(arraySlice(planned.hours_micros, 1, full_hours))
            + intDiv(
                toInt128(planned.hours_micros[full_hours + 1]) * (since_start_ms % 3600000),
                least(3600000, planned.day_end_ms - planned.day_start_ms - full_hours * 3600000)
            )
        )
    ) AS expected_micros,
    intDiv(spent.spend_micros * 1000, nullIf(expected_micros, 0)) AS ratio_permille,
    last_command.newest.1 AS last_action,
    last_command.newest.2 AS last_outcome,
    nullIf(last_command.newest.3, 0) AS last_decided_ms,
    last_command.newest.4 AS last_reason,
    if(empty(planned.hours_micros), NULL, planned.budget_micros) AS target_micros,
    if(empty(breaker.state), 'closed', breaker.state) AS breaker,
    alerted.open AS open_alerts,
    known.newest.6 AS seen_ms,
    nullIf(spent.as_of_ms, 0) AS spend_as_of_ms
FROM known
LEFT JOIN today ON today.subject = known.subject
LEFT JOIN (SELECT * FROM spend_by_day WHERE day >= oldest_day) AS spent
    ON spent.subject = known.subject AND spent.campaign = known.campaign AND spent.day = today.newest_day
LEFT JOIN plan_now AS planned
    ON planned.subject = known.subject AND planned.campaign = known.campaign AND planned.day = today.newest_day
LEFT JOIN last_command ON last_command.subject = known.subject AND last_command.campaign = known.campaign
LEFT JOIN breaker_now AS breaker ON breaker.subject = known.subject AND breaker.campaign = known.campaign
LEFT JOIN alerted ON alerted.subject = known.subject AND alerted.campaign = known.campaign
COMMENT 'Each campaign as it stands: budget, status, spend against its plan, last pause or resume, alerts.';
