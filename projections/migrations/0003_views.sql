-- What people and programs ask. Each view counts every record of the log once, however often it was inserted.

CREATE OR REPLACE VIEW now_ms AS
SELECT max(now_ms) AS now_ms FROM ticks
COMMENT 'Which time it is in the log; 0 before its clock has ticked.';

CREATE OR REPLACE VIEW refused AS
SELECT DISTINCT origin_partition AS partition, origin_offset AS offset
FROM dead_letters WHERE origin_topic = 'account-facts'
COMMENT 'Records of account-facts that the agent parked: they count nowhere.';

CREATE OR REPLACE VIEW spend AS
SELECT
    subject,
    campaign,
    day,
    hour,
    newest.1 AS spend_micros,
    newest.2 AS impressions,
    newest.3 AS clicks,
    newest.4 AS conversions,
    newest.5 AS currency,
    newest.6 AS as_of_ms,
    newest.7 AS day_start_ms,
    newest.8 AS day_end_ms
FROM
(
    SELECT
        subject,
        campaign,
        day,
        hour,
        argMax(
            (spend_micros, impressions, clicks, conversions, currency, as_of_ms, day_start_ms, day_end_ms),
            (as_of_ms - day_start_ms, spend_micros, partition, offset, item)
        ) AS newest
    FROM spend_observations
    WHERE (partition, offset) NOT IN (SELECT partition, offset FROM refused)
    GROUP BY subject, campaign, day, hour
)
COMMENT 'Spend by campaign and hour of the account''s day: the newest as_of_ms wins, of equal ones the larger.';

CREATE OR REPLACE VIEW increments AS
SELECT subject, campaign, day, transaction_id, counted.1 AS amount_micros, counted.2 AS currency
FROM
(
    SELECT
        subject,
        campaign,
        day,
        transaction_id,
        argMin((amount_micros, currency), (partition, offset)) AS counted
    FROM spend_increments
    WHERE (partition, offset) NOT IN (SELECT partition, offset FROM refused)
    GROUP BY subject, campaign, day, transaction_id
)
COMMENT 'Increments that others pushed, each transaction once.';

CREATE OR REPLACE VIEW spend_by_day AS
SELECT
    subject,
    campaign,
    day,
    any(currency) AS currency,
    sum(observed) + sum(recorded) AS spend_micros,
    sum(observed) AS observed_micros,
    sum(recorded) AS recorded_micros,
    sum(seen) AS impressions,
    sum(clicked) AS clicks,
    sum(converted) AS conversions,
    max(true_ms) AS as_of_ms,
    max(begin_ms) AS day_start_ms,
    max(end_ms) AS day_end_ms
FROM
(
    SELECT subject, campaign, day, toString(currency) AS currency, spend_micros AS observed,
        toInt64(0) AS recorded, impressions AS seen, clicks AS clicked, conversions AS converted,
        as_of_ms AS true_ms, day_start_ms AS begin_ms, day_end_ms AS end_ms
    FROM spend
    UNION ALL
    SELECT subject, campaign, day, toString(currency) AS currency, toInt64(0) AS observed,
        amount_micros AS recorded, toInt64(0) AS seen, toInt64(0) AS clicked, toInt64(0) AS converted,
        toInt64(0) AS true_ms, toInt64(0) AS begin_ms, toInt64(0) AS end_ms
    FROM increments
)
GROUP BY subject, campaign, day
COMMENT 'Spend by campaign and day: observed on the platform, and recorded by others.';

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
    newest.6 AS from_ms
FROM
(
    SELECT
        subject,
        campaign,
        day,
        argMax(
            (budget_micros, strategy, hours_micros, day_start_ms, day_end_ms, from_ms),
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
    plan.strategy AS strategy
FROM
(
    SELECT subject, campaign, day, strategy, entry.1 - 1 AS hour, entry.2 AS planned
    FROM plan_now
    ARRAY JOIN arrayZip(arrayEnumerate(hours_micros), hours_micros) AS entry
) AS plan
LEFT JOIN spend AS cell
    ON cell.subject = plan.subject AND cell.campaign = plan.campaign
    AND cell.day = plan.day AND cell.hour = plan.hour
COMMENT 'Plan and observed spend side by side, by campaign and hour of the account''s day.';

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
        SELECT subject, campaign, argMax((toString(action), outcome, decided_ms), order) AS newest
        FROM command_log GROUP BY subject, campaign
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
    known.newest.6 AS seen_ms,
    nullIf(spent.as_of_ms, 0) AS spend_as_of_ms
FROM known
LEFT JOIN today ON today.subject = known.subject
LEFT JOIN (SELECT * FROM spend_by_day WHERE day >= oldest_day) AS spent
    ON spent.subject = known.subject AND spent.campaign = known.campaign AND spent.day = today.newest_day
LEFT JOIN plan_now AS planned
    ON planned.subject = known.subject AND planned.campaign = known.campaign AND planned.day = today.newest_day
LEFT JOIN last_command ON last_command.subject = known.subject AND last_command.campaign = known.campaign
COMMENT 'Each campaign as it stands: budget, status, spend of the account''s day against its plan, last command.';

CREATE OR REPLACE VIEW freshness AS
SELECT
    subject,
    kind,
    maxIf(at_ms, outcome = 'completed') AS completed_ms,
    maxIf(complete_until_ms, outcome = 'completed') AS complete_until_ms,
    countIf(outcome = 'failed') AS failures,
    argMaxIf(toString(reason), at_ms, outcome = 'failed') AS last_reason,
    maxIf(at_ms, outcome = 'failed') AS failed_ms
FROM (SELECT * FROM polls FINAL)
GROUP BY subject, kind
COMMENT 'When each account was last read whole, and what went wrong since.';
