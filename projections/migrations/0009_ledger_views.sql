-- What people ask about money: each movement from its reservation to its end, the ledger's accounts, and whether chain,
-- ledger and facts agree.

CREATE OR REPLACE VIEW movements AS
SELECT
    decided.subject AS client,
    decided.movement_id AS movement_id,
    lower(hex(SHA256(decided.movement_id))) AS movement,
    decided.kind AS kind,
    decided.pot AS pot,
    decided.sequence AS sequence,
    decided.amount_micro_usdc AS amount_micro_usdc,
    decided.reserved.1 AS mode,
    decided.reserved.2 AS request_id,
    decided.reserved.3 AS day,
    multiIf(
        decided.posts > 0, 'posted',
        decided.voids > 0, 'voided',
        ended.how.1 = 'landed' OR moved.slot > 0, 'landed',
        tried.attempts > 0, 'signed',
        'reserved'
    ) AS state,
    decided.reserved.4 AS reserved_ms,
    nullIf(tried.first_ms, 0) AS signed_ms,
    coalesce(nullIf(if(ended.how.1 = 'landed', ended.how.2, 0), 0), nullIf(moved.at_ms, 0)) AS landed_ms,
    nullIf(decided.posted.1, 0) AS posted_ms,
    nullIf(decided.voided.1, 0) AS voided_ms,
    coalesce(posted_ms, voided_ms) - reserved_ms AS took_ms,
    greatest(toUInt32(tried.attempts), ended.how.5) AS attempts,
    multiIf(
        decided.posted.2 != '', decided.posted.2,
        ended.how.3 != '', ended.how.3,
        decided.voids > 0, '',
        tried.newest_signature
    ) AS signature,
    ended.how.4 AS fee_lamports,
    greatest(decided.posted.3, moved.slot) AS slot,
    decided.voided.2 AS void_reason,
    decided.voided.3 AS void_detail,
    decided.posts AS posts,
    decided.voids AS voids,
    part.platforms AS platforms,
    part.campaigns AS campaigns,
    part.amounts_micro_usdc AS parts_micro_usdc,
    part.currencies AS currencies,
    part.rates_nano_usdc AS rates_nano_usdc
FROM
(
    SELECT
        subject,
        movement_id,
        any(toString(movement_decisions.kind)) AS kind,
        any(movement_decisions.pot) AS pot,
        any(movement_decisions.sequence) AS sequence,
        any(movement_decisions.amount_micro_usdc) AS amount_micro_usdc,
        argMinIf((toString(mode), request_id, toString(day), at_ms), (partition, offset), state = 'reserved') AS reserved,
        argMinIf((at_ms, signature, movement_decisions.slot), (partition, offset), state = 'posted') AS posted,
        argMinIf((at_ms, toString(reason), detail), (partition, offset), state = 'voided') AS voided,
        uniqExactIf((topic, partition, offset), state = 'posted') AS posts,
        uniqExactIf((topic, partition, offset), state = 'voided') AS voids
    FROM movement_decisions
    GROUP BY subject, movement_id
) AS decided
LEFT JOIN
(
    SELECT asked.subject AS subject, asked.movement_id AS movement_id,
        uniqExact(attempt) AS attempts, min(at_ms) AS first_ms, argMax(signature, attempt) AS newest_signature
    FROM (SELECT DISTINCT subject, command_id, movement_id FROM chain_commands WHERE movement_id != '') AS asked
    INNER JOIN chain_attempts USING (subject, command_id)
    GROUP BY subject, movement_id
) AS tried ON tried.subject = decided.subject AND tried.movement_id = decided.movement_id
LEFT JOIN
(
    SELECT
        subject,
        movement_id,
        argMin((toString(outcome), at_ms, signature, fee_lamports, attempts), (outcome != 'landed', partition, offset))
            AS how
    FROM chain_outcomes
    GROUP BY subject, movement_id
) AS ended ON ended.subject = decided.subject AND ended.movement_id = decided.movement_id
LEFT JOIN pot_movements AS moved
    ON moved.client = decided.subject AND moved.pot = decided.pot AND moved.sequence = decided.sequence
    AND moved.movement = lower(hex(SHA256(decided.movement_id)))
LEFT JOIN
(
    SELECT
        subject,
        movement_id,
        groupArray(toString(platform)) AS platforms,
        groupArray(concat(platform, '/', account, '/', campaign)) AS campaigns,
        groupArray(amount_micro_usdc) AS amounts_micro_usdc,
        groupArray(toString(currency)) AS currencies,
        groupArray(ifNull(nano_usdc, 0)) AS rates_nano_usdc
    FROM
    (
        SELECT * FROM funding_parts
        ORDER BY movement_id, partition, offset, item
        LIMIT 1 BY subject, movement_id, item
    )
    GROUP BY subject, movement_id
) AS part ON part.subject = decided.subject AND part.movement_id = decided.movement_id
COMMENT 'Each funding and settlement once: reserved, signed, landed, and posted or voided.';

CREATE OR REPLACE VIEW fundings AS
SELECT * EXCEPT (kind, day)
FROM movements WHERE kind = 'fund'
COMMENT 'Each funding once, with its times, signature, fee, attempts, campaigns and rates.';

CREATE OR REPLACE VIEW settlements AS
SELECT * EXCEPT (kind, mode, request_id, platforms, campaigns, parts_micro_usdc, currencies, rates_nano_usdc)
FROM movements WHERE kind = 'settle'
COMMENT 'What was taken from pots for days that are over, each once.';

CREATE OR REPLACE VIEW ledger_lines AS
SELECT
    subject AS client,
    id,
    first.1 AS debit,
    first.2 AS credit,
    first.3 AS amount,
    first.4 AS unit,
    first.5 AS state,
    first.6 AS pending_id,
    first.7 AS booked_by,
    first.8 AS pot,
    first.9 AS movement_id,
    first.10 AS slot,
    first.11 AS at_ms,
    first.12 AS place,
    versions
FROM
(
    SELECT
        subject,
        id,
        argMin(
            (
                debit, credit, amount, toString(unit), toString(state), pending_id, toString(booked_by), pot,
                movement_id, slot, at_ms, (partition, offset, item)
            ),
            (topic, partition, offset, item)
        ) AS first,
        uniqExact(debit, credit, amount, unit, state, pending_id) AS versions
    FROM ledger_transfers
    GROUP BY subject, id
)
COMMENT 'Every line of the ledger, once; versions above 1 would be two lines of one name.';

CREATE OR REPLACE VIEW ledger_entries AS
WITH
    resolved AS (SELECT client, pending_id FROM ledger_lines WHERE state != 'pending' AND pending_id != '')
SELECT
    client,
    id,
    side.1 AS account,
    side.2 AS is_debit,
    unit,
    amount,
    state,
    state = 'pending' AND (client, id) NOT IN (SELECT client, pending_id FROM resolved) AS is_open,
    at_ms
FROM ledger_lines
ARRAY JOIN [(debit, 1), (credit, 0)] AS side
COMMENT 'Both sides of every line; a pending one is open until a line of its own posts or voids it.';

CREATE OR REPLACE VIEW ledger_balances AS
SELECT
    client,
    account,
    unit,
    sumIf(amount, is_debit AND is_open) AS debits_pending,
    sumIf(amount, is_debit AND state = 'posted') AS debits_posted,
    sumIf(amount, NOT is_debit AND is_open) AS credits_pending,
    sumIf(amount, NOT is_debit AND state = 'posted') AS credits_posted,
    debits_posted - credits_posted AS balance,
    max(at_ms) AS last_ms
FROM ledger_entries
GROUP BY client, account, unit
COMMENT 'What each account was debited and credited, pending and posted; what it holds is debits less credits.';

CREATE OR REPLACE VIEW ledger_faults AS
WITH
    ended AS
    (
        SELECT client, pending_id, count() AS times, any(unit) AS unit, sum(amount) AS amount,
            any(debit) AS debit, any(credit) AS credit, any(id) AS id
        FROM ledger_lines WHERE state != 'pending' AND pending_id != ''
        GROUP BY client, pending_id
    )
SELECT client, id, 'two lines of one name' AS fault FROM ledger_lines WHERE versions > 1
UNION ALL
SELECT client, pending_id, 'posted or voided more than once' FROM ended WHERE times > 1
UNION ALL
SELECT ended.client, ended.id, 'posts or voids what was never pending'
FROM ended
LEFT ANTI JOIN (SELECT client, id FROM ledger_lines WHERE state = 'pending') AS begun
    ON begun.client = ended.client AND begun.id = ended.pending_id
UNION ALL
SELECT ended.client, ended.id, 'posts or voids other accounts, units or amounts than were pending'
FROM ended
INNER JOIN (SELECT * FROM ledger_lines WHERE state = 'pending') AS begun
    ON begun.client = ended.client AND begun.id = ended.pending_id
WHERE ended.times = 1 AND (ended.debit, ended.credit, ended.unit, ended.amount)
    != (begun.debit, begun.credit, begun.unit, begun.amount)
UNION ALL
SELECT client, movement_id, 'a movement both posted and voided, or twice' FROM movements WHERE posts + voids > 1
UNION ALL
SELECT client, concat(pot, ' ', toString(sequence)), 'two stories of one movement' FROM pot_movements WHERE versions > 1
COMMENT 'What must not be in a ledger; there is nothing here.';

CREATE OR REPLACE VIEW ledger_proof AS
SELECT
    client,
    unit,
    sum(debits_pending) AS debits_pending,
    sum(credits_pending) AS credits_pending,
    sum(debits_posted) AS debits_posted,
    sum(credits_posted) AS credits_posted,
    debits_pending = credits_pending AND debits_posted = credits_posted AS is_balanced
FROM ledger_balances
GROUP BY client, unit
COMMENT 'Sums of all accounts by unit: debits and credits are equal, pending and posted apart.';

CREATE OR REPLACE VIEW pot_proof AS
WITH
    told AS
    (
        SELECT
            moved.client AS client,
            moved.pot AS pot,
            sumIf(moved.amount_micro_usdc, moved.kind = 'fund') AS funded,
            sumIf(moved.amount_micro_usdc, moved.kind = 'settle') AS settled,
            sumIf(moved.amount_micro_usdc, moved.kind = 'withdraw') AS withdrawn
        FROM pot_movements AS moved
        INNER JOIN pot_seen_now AS seen ON seen.client = moved.client AND seen.pot = moved.pot
        -- A pot that was closed and opened again counts anew, from its slot times 2^20 on.
        WHERE moved.sequence < seen.next_sequence AND moved.sequence >= seen.next_sequence - seen.next_sequence % 1048576
        GROUP BY client, pot
    ),
    ours AS
    (
        SELECT
            moves.client AS client,
            moves.pot AS pot,
            sumIf(if(moves.kind = 'fund', 1, -1) * moves.amount_micro_usdc, moves.state = 'posted' AND sequence >= seen.next_sequence)
                AS later,
            sumIf(if(moves.kind = 'fund', 1, -1) * moves.amount_micro_usdc, moves.state = 'landed' AND sequence < seen.next_sequence)
                AS behind
        FROM movements AS moves
        INNER JOIN pot_seen_now AS seen ON seen.client = moves.client AND seen.pot = moves.pot
        GROUP BY client, pot
    ),
    others AS
    (
        SELECT
            moves.client AS client,
            moves.pot AS pot,
            sumIf(if(moves.kind = 'fund', 1, -1) * moves.amount_micro_usdc, is_booked AND sequence >= seen.next_sequence)
                AS later,
            sumIf(if(moves.kind = 'fund', 1, -1) * moves.amount_micro_usdc, NOT is_booked AND sequence < seen.next_sequence)
                AS behind
        FROM
        (
            SELECT *, (client, movement) IN (SELECT subject, movement FROM ledger_bookings) AS is_booked
            FROM pot_movements
            WHERE (client, pot, movement) NOT IN (SELECT client, pot, movement FROM movements)
        ) AS moves
        INNER JOIN pot_seen_now AS seen ON seen.client = moves.client AND seen.pot = moves.pot
        GROUP BY client, pot
    )
SELECT
    seen.client AS client,
    seen.pot AS pot,
    seen.balance_micro_usdc AS chain_micro_usdc,
    seen.funded_micro_usdc - seen.settled_micro_usdc - seen.withdrawn_micro_usdc AS moved_micro_usdc,
    seen.balance_micro_usdc - moved_micro_usdc AS gifts_micro_usdc,
    told.funded - told.settled - told.withdrawn AS facts_micro_usdc,
    booked.balance AS ledger_micro_usdc,
    ours.later + others.later AS later_micro_usdc,
    ours.behind + others.behind AS behind_micro_usdc,
    ledger_micro_usdc - later_micro_usdc + behind_micro_usdc - chain_micro_usdc AS ledger_less_chain_micro_usdc,
    (told.funded, told.settled, told.withdrawn)
        = (seen.funded_micro_usdc, seen.settled_micro_usdc, seen.withdrawn_micro_usdc) AS facts_agree,
    ledger_less_chain_micro_usdc = 0 AS ledger_agrees,
    seen.slot AS slot,
    seen.seen_ms AS seen_ms
FROM pot_seen_now AS seen
LEFT JOIN told ON told.client = seen.client AND told.pot = seen.pot
LEFT JOIN (SELECT * FROM ledger_balances WHERE unit = 'micro-usdc') AS booked
    ON booked.client = seen.client AND booked.account = concat('pot:', seen.pot)
LEFT JOIN ours ON ours.client = seen.client AND ours.pot = seen.pot
LEFT JOIN others ON others.client = seen.client AND others.pot = seen.pot
COMMENT 'Each pot on chain, by the facts of its movements, and in the ledger; what is only under way is allowed for.';

CREATE OR REPLACE VIEW pots_now AS
WITH
    (SELECT now_ms FROM now_ms) AS known_ms,
    opened AS
    (
        SELECT subject AS client, pot,
            argMax((name, address, vault, treasury, settlement, funder, spender, authority, at_ms), (at_ms, partition, offset))
                AS newest
        FROM pots_opened
        WHERE (topic, partition, offset) NOT IN (SELECT topic, partition, offset FROM set_aside)
        GROUP BY client, pot
    ),
    newest_days AS
    (
        SELECT * FROM metered_days ORDER BY day DESC LIMIT 1 BY client, pot, platform, account, campaign
    ),
    metered AS
    (
        SELECT client, pot, sum(spent_micro_usdc) AS today_micro_usdc, countIf(spent_micro_usdc IS NULL) AS without_rate
        FROM newest_days WHERE NOT is_closed GROUP BY client, pot
    ),
    linked AS
    (
        SELECT client, pot, groupArray(concat(platform, '/', account, '/', campaign)) AS campaigns
        FROM (SELECT * FROM pot_links_now ORDER BY platform, account, campaign) GROUP BY client, pot
    ),
    moving AS
    (
        SELECT
            client,
            pot,
            sumIf(amount_micro_usdc, kind = 'fund' AND state NOT IN ('posted', 'voided')) AS coming_micro_usdc,
            sumIf(amount_micro_usdc, kind = 'settle' AND state NOT IN ('posted', 'voided')) AS going_micro_usdc,
            maxIf(posted_ms, kind = 'fund' AND state = 'posted') AS funded_ms,
            argMaxIf(amount_micro_usdc, (posted_ms, sequence), kind = 'fund' AND state = 'posted') AS funded_last_micro_usdc
        FROM movements GROUP BY client, pot
    ),
    alerted AS (SELECT client, pot, count() AS open FROM open_funding_alerts GROUP BY client, pot)
SELECT
    opened.client AS client,
    opened.pot AS pot,
    opened.newest.1 AS name,
    opened.newest.2 AS address,
    opened.newest.3 AS vault,
    opened.newest.4 AS treasury,
    opened.newest.8 AS authority,
    seen.slot > 0 AS is_seen,
    seen.balance_micro_usdc AS balance_micro_usdc,
    seen.funded_micro_usdc AS funded_micro_usdc,
    seen.settled_micro_usdc AS settled_micro_usdc,
    seen.withdrawn_micro_usdc AS withdrawn_micro_usdc,
    ifNull(metered.today_micro_usdc, 0) AS metered_today_micro_usdc,
    metered.without_rate AS campaigns_without_rate,
    seen.daily_cap_micro_usdc AS daily_cap_micro_usdc,
    if(seen.cap_day = intDiv(greatest(known_ms, seen.seen_ms), 86400000), seen.cap_used_micro_usdc, 0)
        AS cap_used_micro_usdc,
    moving.coming_micro_usdc AS coming_micro_usdc,
    moving.going_micro_usdc AS going_micro_usdc,
    nullIf(moving.funded_ms, 0) AS last_funding_ms,
    moving.funded_last_micro_usdc AS last_funding_micro_usdc,
    seen.is_paused = 1 AS is_paused,
    seen.slot > 0 AND seen.authority != opened.newest.8 AS is_foreign,
    linked.campaigns AS campaigns,
    alerted.open AS open_alerts,
    seen.next_sequence AS next_sequence,
    seen.history AS history,
    seen.slot AS slot,
    nullIf(seen.seen_ms, 0) AS seen_ms
FROM opened
LEFT JOIN pot_seen_now AS seen ON seen.client = opened.client AND seen.pot = opened.pot
LEFT JOIN metered ON metered.client = opened.client AND metered.pot = opened.pot
LEFT JOIN linked ON linked.client = opened.client AND linked.pot = opened.pot
LEFT JOIN moving ON moving.client = opened.client AND moving.pot = opened.pot
LEFT JOIN alerted ON alerted.client = opened.client AND alerted.pot = opened.pot
COMMENT 'Each pot as it stands: what it holds, has spent and may still get today, what is under way, who pays from it.';
