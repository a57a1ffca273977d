-- What plans, commands, edits and policies say since plans are more than even, and tables for the facts that came
-- with it: alerts, breakers, stops, terms, forecasts, and spends that were asked for.

ALTER TABLE plans
    ADD COLUMN IF NOT EXISTS low_micros Array(Int64)
        COMMENT 'Between these an hour is expected four times of five; empty while nothing is known.',
    ADD COLUMN IF NOT EXISTS high_micros Array(Int64),
    ADD COLUMN IF NOT EXISTS history_days UInt32,
    ADD COLUMN IF NOT EXISTS held_back_micros Int64
        COMMENT 'What the limits of single hours moved to other hours.',
    ADD COLUMN IF NOT EXISTS made_of Array(LowCardinality(String))
        COMMENT 'Where the shape comes from; how much of it is in made_of_permille.',
    ADD COLUMN IF NOT EXISTS made_of_permille Array(UInt32);

ALTER TABLE commands
    ADD COLUMN IF NOT EXISTS target_micros Nullable(Int64) COMMENT 'What the day is meant to cost in the end.',
    ADD COLUMN IF NOT EXISTS stop_id Nullable(String);

ALTER TABLE edits
    ADD COLUMN IF NOT EXISTS what LowCardinality(String) DEFAULT 'status'
        COMMENT 'status or budget; what the edit is not about is empty.',
    ADD COLUMN IF NOT EXISTS ours_micros Nullable(Int64),
    ADD COLUMN IF NOT EXISTS theirs_micros Nullable(Int64);

ALTER TABLE policies
    ADD COLUMN IF NOT EXISTS thresholds String DEFAULT '{}' COMMENT 'All thresholds, as JSON.';

CREATE TABLE IF NOT EXISTS alerts
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    campaign String COMMENT 'Empty where it is about the account.',
    kind LowCardinality(String),
    episode UInt32 COMMENT 'Counts how often with this campaign and kind.',
    state LowCardinality(String) COMMENT 'raised or cleared.',
    severity LowCardinality(String),
    at_ms Int64,
    raised_ms Int64,
    observed Nullable(Int64),
    bound Nullable(Int64) COMMENT 'The limit that it went beyond.',
    unit LowCardinality(String),
    day Nullable(String),
    spent_micros Nullable(Int64),
    budget_micros Nullable(Int64),
    ratio_permille Nullable(Int64),
    currency LowCardinality(String),
    reason LowCardinality(String) COMMENT 'Why it was cleared.'
)
ENGINE = ReplacingMergeTree ORDER BY (subject, campaign, kind, episode, state, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'When alerts were raised and cleared; see alert_log and open_alerts.';

CREATE TABLE IF NOT EXISTS breakers
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    campaign String,
    state LowCardinality(String),
    previous LowCardinality(String),
    reason LowCardinality(String),
    at_ms Int64,
    until_ms Nullable(Int64) COMMENT 'When it is looked at again.'
)
ENGINE = ReplacingMergeTree ORDER BY (subject, campaign, at_ms, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'When a campaign''s circuit breaker moved; how it stands is in breaker_now.';

CREATE TABLE IF NOT EXISTS stops
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    stop_id String,
    state LowCardinality(String) COMMENT 'ordered or lifted.',
    scope LowCardinality(String),
    campaign String COMMENT 'Empty where it is for the whole account.',
    at_ms Int64,
    reason String,
    by String
)
ENGINE = ReplacingMergeTree ORDER BY (subject, stop_id, state, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Emergency stops that people ordered and lifted; see stops_now.';

CREATE TABLE IF NOT EXISTS terms
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    campaign String,
    version UInt32,
    currency LowCardinality(String),
    channel Nullable(String),
    budget LowCardinality(String),
    amount_micros Nullable(Int64),
    first_day Nullable(String),
    last_day Nullable(String),
    start_ms Nullable(Int64),
    end_ms Nullable(Int64),
    rollover LowCardinality(String),
    strategy Nullable(String),
    curve Nullable(String),
    curve_weights Array(Int64),
    open_hours Array(Int64) COMMENT 'By weekday, Monday first; hours as bits, the lowest is after midnight.',
    floor_micros Nullable(Int64),
    ceiling_micros Nullable(Int64),
    why String
)
ENGINE = ReplacingMergeTree ORDER BY (subject, campaign, version, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'What people want of campaigns; the highest version is in terms_now.';

CREATE TABLE IF NOT EXISTS forecasts
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    campaign String,
    model LowCardinality(String),
    trained_from LowCardinality(String),
    trained_until LowCardinality(String),
    made_ms Int64,
    currency LowCardinality(String),
    day LowCardinality(String),
    day_start_ms Int64,
    day_end_ms Int64,
    q025_micros Array(Int64),
    q100_micros Array(Int64),
    q500_micros Array(Int64),
    q900_micros Array(Int64),
    q975_micros Array(Int64)
)
ENGINE = ReplacingMergeTree ORDER BY (subject, campaign, day, made_ms, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'What models expected of the hours of a day, as quantiles; the newest is in forecast_now.';

CREATE TABLE IF NOT EXISTS spend_requests
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    request_id String,
    campaign String,
    amount_micros Int64,
    currency LowCardinality(String),
    hold_ms Int64
)
ENGINE = ReplacingMergeTree ORDER BY (subject, campaign, request_id, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Who asked whether a campaign may spend.';

CREATE TABLE IF NOT EXISTS spend_answers
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    request_id String,
    campaign String,
    verdict LowCardinality(String),
    reason LowCardinality(String),
    amount_micros Int64,
    remaining_micros Int64 COMMENT 'What the day could still cost, held amounts taken off.',
    held_until_ms Nullable(Int64)
)
ENGINE = ReplacingMergeTree ORDER BY (subject, campaign, request_id, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Whether it may, and why.';
