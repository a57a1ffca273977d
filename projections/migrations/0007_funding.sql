-- What treasuries are asked and decide: rules and rates, fundings and settlements, and every line of the ledger.

CREATE TABLE IF NOT EXISTS funding_requests
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    request_id String,
    pot String,
    amount_micro_usdc Int64,
    at_ms Int64,
    by String,
    reason String
)
ENGINE = ReplacingMergeTree ORDER BY (subject, request_id, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Who wanted a pot to be funded by hand.';

CREATE TABLE IF NOT EXISTS fx_rates
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    currency LowCardinality(String),
    nano_usdc Int64 COMMENT 'Thousandths of a micro-USDC that a whole unit is worth.',
    as_of_ms Int64,
    given_by String
)
ENGINE = ReplacingMergeTree ORDER BY (subject, currency, as_of_ms, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'What currencies are worth; the newest is in fx_now.';

CREATE TABLE IF NOT EXISTS funding_policies
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    version UInt32,
    mode LowCardinality(String),
    rules String COMMENT 'All of them, as JSON.'
)
ENGINE = ReplacingMergeTree ORDER BY (subject, version, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Rules of treasuries; the highest version is in force, in funding_policy_now.';

CREATE TABLE IF NOT EXISTS movement_decisions
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    kind LowCardinality(String) COMMENT 'fund or settle.',
    state LowCardinality(String) COMMENT 'reserved, posted or voided.',
    movement_id String,
    pot String,
    sequence UInt64,
    amount_micro_usdc Int64,
    mode LowCardinality(String),
    request_id String,
    day LowCardinality(String),
    slot UInt64,
    signature String,
    reason LowCardinality(String),
    detail String,
    at_ms Int64
)
ENGINE = ReplacingMergeTree ORDER BY (subject, movement_id, state, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'What was decided of fundings and settlements; each whole in movements.';

CREATE TABLE IF NOT EXISTS funding_parts
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    movement_id String,
    pot String,
    platform LowCardinality(String),
    account String,
    campaign String COMMENT 'Empty where a person funded it.',
    amount_micro_usdc Int64,
    currency LowCardinality(String),
    nano_usdc Nullable(Int64),
    rate_as_of_ms Nullable(Int64)
)
ENGINE = ReplacingMergeTree ORDER BY (subject, movement_id, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'What each campaign needs of a funding, and by which rate.';

CREATE TABLE IF NOT EXISTS funding_refusals
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    pot String,
    request_id String,
    wanted_micro_usdc Int64,
    reason LowCardinality(String),
    detail String,
    at_ms Int64
)
ENGINE = ReplacingMergeTree ORDER BY (subject, pot, at_ms, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Fundings that were refused, and why.';

CREATE TABLE IF NOT EXISTS ledger_bookings
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    what LowCardinality(String),
    pot String,
    movement String,
    slot UInt64,
    at_ms Int64
)
ENGINE = ReplacingMergeTree ORDER BY (subject, at_ms, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'How the ledger followed what others moved.';

CREATE TABLE IF NOT EXISTS ledger_transfers
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    id String,
    debit String,
    credit String,
    amount Int64,
    unit LowCardinality(String) COMMENT 'micro-usdc or lamport.',
    state LowCardinality(String) COMMENT 'pending, posted or voided.',
    pending_id String COMMENT 'Which pending line it posts or voids.',
    booked_by LowCardinality(String) COMMENT 'The fact that it is a part of.',
    pot String,
    movement_id String,
    slot UInt64,
    at_ms Int64
)
ENGINE = ReplacingMergeTree ORDER BY (subject, id, state, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Every line of the ledger: one account is debited, another credited; each once in ledger_lines.';

CREATE TABLE IF NOT EXISTS funding_alerts
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    pot String COMMENT 'Empty where it is about the treasury.',
    kind LowCardinality(String),
    episode UInt32,
    state LowCardinality(String) COMMENT 'raised or cleared.',
    severity LowCardinality(String),
    at_ms Int64,
    raised_ms Int64,
    observed Nullable(Int64),
    bound Nullable(Int64),
    unit LowCardinality(String),
    detail String
)
ENGINE = ReplacingMergeTree ORDER BY (subject, pot, kind, episode, state, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'When alerts of money were raised and cleared; see funding_alert_log.';
