-- What people ask about pots: how they stand, who pays from them, and what moved. Each view counts every record of the
-- log once, however often it was inserted, and nothing that was set aside.

CREATE OR REPLACE VIEW set_aside AS
SELECT DISTINCT origin_topic AS topic, origin_partition AS partition, origin_offset AS offset
FROM dead_letters
COMMENT 'Records of any topic that went to the dead letters: they count nowhere.';

CREATE OR REPLACE VIEW pot_links_now AS
SELECT
    client,
    newest.1 AS pot,
    platform,
    account,
    campaign,
    newest.2 AS check_minutes,
    newest.4 AS link_version
FROM
(
    SELECT
        splitByChar('/', subject)[1] AS client,
        platform,
        account,
        campaign,
        argMax((pot, check_minutes, is_linked, link_version), (link_version, at_ms, topic, partition, offset)) AS newest
    FROM pot_links
    WHERE (topic, partition, offset) NOT IN (SELECT topic, partition, offset FROM set_aside)
    GROUP BY client, platform, account, campaign
)
WHERE newest.3 = 1
COMMENT 'Which campaigns are paid from which pot now.';

CREATE OR REPLACE VIEW pot_links_known AS
SELECT splitByChar('/', subject)[1] AS client, platform, account, campaign, max(pot_links.link_version) AS link_version
FROM pot_links
GROUP BY client, platform, account, campaign
COMMENT 'The highest version of each campaign''s link, also of those that are unlinked.';

CREATE OR REPLACE VIEW treasury_now AS
SELECT
    subject AS client,
    newest.1 AS treasury,
    newest.2 AS treasury_micro_usdc,
    newest.3 AS fee_payer,
    newest.4 AS fee_lamports,
    newest.5 AS slot,
    newest.6 AS seen_ms
FROM
(
    SELECT
        subject,
        argMax(
            (treasury, treasury_micro_usdc, fee_payer, fee_lamports, slot, at_ms), (slot, partition, offset)
        ) AS newest
    FROM treasury_observations
    WHERE (topic, partition, offset) NOT IN (SELECT topic, partition, offset FROM set_aside)
    GROUP BY subject
)
COMMENT 'What each client''s treasury held when the chain was read last, and who pays fees.';

CREATE OR REPLACE VIEW pot_seen_now AS
SELECT
    subject AS client,
    pot,
    newest.1 AS balance_micro_usdc,
    newest.2 AS next_sequence,
    newest.3 AS history,
    newest.4 AS funded_micro_usdc,
    newest.5 AS settled_micro_usdc,
    newest.6 AS withdrawn_micro_usdc,
    newest.7 AS daily_cap_micro_usdc,
    newest.8 AS cap_day,
    newest.9 AS cap_used_micro_usdc,
    newest.10 AS spent_day,
    newest.11 AS spent_micro_usdc,
    newest.12 AS is_paused,
    newest.13 AS authority,
    newest.14 AS slot,
    newest.15 AS seen_ms
FROM
(
    SELECT
        subject,
        pot,
        argMax(
            (
                balance_micro_usdc, next_sequence, history, funded_micro_usdc, settled_micro_usdc,
                withdrawn_micro_usdc, daily_cap_micro_usdc, cap_day, cap_used_micro_usdc, spent_day,
                spent_micro_usdc, is_paused, authority, slot, at_ms
            ),
            (slot, partition, offset)
        ) AS newest
    FROM pot_observations
    WHERE (topic, partition, offset) NOT IN (SELECT topic, partition, offset FROM set_aside)
    GROUP BY subject, pot
)
COMMENT 'Each pot as the finalized chain had it last.';

CREATE OR REPLACE VIEW pot_movements AS
SELECT
    subject AS client,
    pot,
    sequence,
    first.1 AS kind,
    first.2 AS movement,
    first.3 AS amount_micro_usdc,
    first.4 AS slot,
    first.5 AS at_ms,
    versions
FROM
(
    SELECT
        subject,
        pot,
        sequence,
        argMin((toString(kind), movement, amount_micro_usdc, slot, at_ms), (partition, offset)) AS first,
        uniqExact(kind, movement, amount_micro_usdc) AS versions
    FROM pot_moves
    WHERE (topic, partition, offset) NOT IN (SELECT topic, partition, offset FROM set_aside)
    GROUP BY subject, pot, sequence
)
COMMENT 'Each movement that the finalized chain has in a pot, once; versions above 1 would be two stories of it.';

CREATE OR REPLACE VIEW fx_now AS
SELECT subject AS client, currency, newest.1 AS nano_usdc, newest.2 AS as_of_ms, newest.3 AS given_by
FROM
(
    SELECT
        subject,
        currency,
        argMax((nano_usdc, as_of_ms, toString(given_by)), (as_of_ms, partition, offset)) AS newest
    FROM fx_rates
    WHERE (topic, partition, offset) NOT IN (SELECT topic, partition, offset FROM set_aside)
    GROUP BY subject, currency
)
COMMENT 'What each currency is worth to a client''s treasury now.';

CREATE OR REPLACE VIEW metered_days AS
SELECT
    newest.subject AS client,
    newest.pot AS pot,
    newest.platform AS platform,
    newest.account AS account,
    newest.campaign AS campaign,
    newest.day AS day,
    newest.currency AS currency,
    newest.spent_micros AS spent_micros,
    newest.likely_micros AS likely_micros,
    newest.budget_micros AS budget_micros,
    newest.is_running AS is_running,
    newest.is_closed AS is_closed,
    newest.at_ms AS at_ms,
    if(newest.currency IN ('USD', 'USDC'), 1000000000, nullIf(rate.nano_usdc, 0)) AS nano_usdc,
    toInt64(intDiv(toInt128(spent_micros) * nano_usdc + 999999999, 1000000000)) AS spent_micro_usdc
FROM
(
    SELECT *
    FROM meterings
    WHERE (topic, partition, offset) NOT IN (SELECT topic, partition, offset FROM set_aside)
    ORDER BY at_ms DESC, is_closed DESC, partition, offset DESC
    LIMIT 1 BY subject, pot, platform, account, campaign, day
) AS newest
LEFT JOIN fx_now AS rate ON rate.client = newest.subject AND rate.currency = newest.currency
COMMENT 'What each campaign that is paid from a pot has cost on each day; in USDC by today''s rate, rounded up.';

CREATE OR REPLACE VIEW funding_policy_now AS
SELECT subject AS client, version, mode, rules
FROM funding_policies
WHERE (topic, partition, offset) NOT IN (SELECT topic, partition, offset FROM set_aside)
ORDER BY version DESC, partition, offset
LIMIT 1 BY subject
COMMENT 'The rules in force of each client''s treasury that has some.';

CREATE OR REPLACE VIEW funding_alert_log AS
SELECT
    subject AS client,
    pot,
    kind,
    episode,
    raised.1 AS severity,
    raised.2 AS raised_ms,
    nullIf(cleared_ms, 0) AS cleared_ms,
    raised.3 AS observed,
    raised.4 AS bound,
    raised.5 AS unit,
    raised.6 AS detail,
    raises,
    clears
FROM
(
    SELECT
        subject,
        pot,
        kind,
        episode,
        argMinIf(
            (toString(severity), at_ms, observed, bound, toString(unit), detail), (partition, offset), state = 'raised'
        ) AS raised,
        minIf(at_ms, state = 'cleared') AS cleared_ms,
        uniqExactIf((partition, offset), state = 'raised') AS raises,
        uniqExactIf((partition, offset), state = 'cleared') AS clears
    FROM funding_alerts
    GROUP BY subject, pot, kind, episode
)
COMMENT 'Each episode of an alert of money once: when it was raised and cleared, and by which figures.';

CREATE OR REPLACE VIEW open_funding_alerts AS
SELECT client, pot, kind, episode, severity, raised_ms, observed, bound, unit, detail
FROM funding_alert_log WHERE raises > 0 AND clears = 0
COMMENT 'Alerts of money that were raised and are not over.';
