-- One table a kind of fact. A row is one item of one record, and names its place in the log: whatever is
-- inserted again has the same place, and replaces itself.

CREATE TABLE IF NOT EXISTS campaign_observations
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    campaign String,
    name String,
    status LowCardinality(String),
    daily_budget_micros Nullable(Int64),
    currency LowCardinality(String),
    time_zone LowCardinality(String),
    as_of_ms Int64
)
ENGINE = ReplacingMergeTree ORDER BY (subject, campaign, as_of_ms, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Campaigns as platforms showed them; the newest as_of_ms is in campaign_now.';

CREATE TABLE IF NOT EXISTS spend_observations
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    campaign String,
    day LowCardinality(String) COMMENT 'The day of the account, YYYY-MM-DD.',
    hour UInt8 COMMENT 'Counted from the start of the account''s day.',
    spend_micros Int64 COMMENT 'So far, in millionths of the currency.',
    impressions Int64,
    clicks Int64,
    conversions Int64,
    currency LowCardinality(String),
    as_of_ms Int64,
    day_start_ms Int64,
    day_end_ms Int64
)
ENGINE = ReplacingMergeTree ORDER BY (subject, day, campaign, hour, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Totals so far as platforms told them, each time anew: never to be added up; see spend.';

CREATE TABLE IF NOT EXISTS spend_increments
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    transaction_id String,
    campaign String,
    day LowCardinality(String),
    amount_micros Int64,
    currency LowCardinality(String)
)
ENGINE = ReplacingMergeTree ORDER BY (subject, day, campaign, transaction_id, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Increments that others pushed, repetitions too; see increments.';

CREATE TABLE IF NOT EXISTS polls
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    kind LowCardinality(String),
    day Nullable(String),
    outcome LowCardinality(String) COMMENT 'completed or failed.',
    at_ms Int64 COMMENT 'As of when the platform was read, or could not be.',
    complete_until_ms Nullable(Int64) COMMENT 'Up to when its figures are whole.',
    pages Int64,
    rows Int64,
    reason LowCardinality(String),
    detail String,
    retry_at_ms Nullable(Int64),
    last_good_ms Nullable(Int64)
)
ENGINE = ReplacingMergeTree ORDER BY (subject, kind, at_ms, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'How reading the platforms went.';

CREATE TABLE IF NOT EXISTS plans
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    campaign String,
    day LowCardinality(String),
    day_start_ms Int64,
    day_end_ms Int64,
    from_ms Int64,
    budget_micros Int64,
    strategy LowCardinality(String),
    hours_micros Array(Int64),
    confidence_permille Nullable(UInt32),
    policy_version Nullable(UInt32)
)
ENGINE = ReplacingMergeTree ORDER BY (subject, campaign, day, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Plans as they were set; the newest of a day is in plan_now.';

CREATE TABLE IF NOT EXISTS paces
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    campaign String,
    day LowCardinality(String),
    as_of_ms Int64,
    spent_micros Int64,
    budget_micros Int64,
    expected_micros Int64,
    ratio_permille Int64,
    band LowCardinality(String),
    previous_band LowCardinality(String),
    policy_version Nullable(UInt32)
)
ENGINE = ReplacingMergeTree ORDER BY (subject, campaign, as_of_ms, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'When a campaign''s spend moved into another band against its plan.';

CREATE TABLE IF NOT EXISTS commands
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    command_id String,
    action LowCardinality(String),
    campaign String,
    order UInt32 COMMENT 'Counts the commands of a campaign.',
    decided_ms Int64,
    not_after_ms Int64,
    reason LowCardinality(String),
    day Nullable(String),
    spent_micros Nullable(Int64),
    budget_micros Nullable(Int64),
    limit_micros Nullable(Int64),
    from_micros Nullable(Int64),
    to_micros Nullable(Int64),
    currency LowCardinality(String),
    causation_id String COMMENT 'The id of the record that led to it.',
    correlation_id String,
    policy_version Nullable(UInt32)
)
ENGINE = ReplacingMergeTree ORDER BY (subject, campaign, order, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'What the agent wants done on the platforms; see command_log for how it went.';

CREATE TABLE IF NOT EXISTS attempts
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    command_id String,
    action LowCardinality(String),
    campaign String,
    order UInt32,
    attempt UInt32,
    at_ms Int64,
    found_status LowCardinality(String),
    found_budget_micros Nullable(Int64),
    found_mark String
)
ENGINE = ReplacingMergeTree ORDER BY (subject, campaign, order, attempt, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Writes to platforms, noted before they were made.';

CREATE TABLE IF NOT EXISTS outcomes
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    command_id String,
    action LowCardinality(String),
    campaign String,
    order UInt32,
    outcome LowCardinality(String) COMMENT 'applied, failed or superseded.',
    attempts UInt32,
    at_ms Int64,
    reason LowCardinality(String),
    detail String,
    found_status Nullable(String),
    found_budget_micros Nullable(Int64)
)
ENGINE = ReplacingMergeTree ORDER BY (subject, campaign, order, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'How commands ended.';

CREATE TABLE IF NOT EXISTS edits
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    campaign String,
    ours LowCardinality(String),
    theirs LowCardinality(String),
    as_of_ms Int64,
    keeps_off_until_ms Int64
)
ENGINE = ReplacingMergeTree ORDER BY (subject, campaign, as_of_ms, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Where a person decided otherwise than we did.';

CREATE TABLE IF NOT EXISTS restatements
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    campaign String,
    day LowCardinality(String),
    hour UInt8,
    from_micros Int64,
    to_micros Int64,
    as_of_ms Int64
)
ENGINE = ReplacingMergeTree ORDER BY (subject, campaign, day, hour, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Hours of which a platform said something else than before.';

CREATE TABLE IF NOT EXISTS policies
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    version UInt32,
    pace_warning_permille Int64,
    pace_critical_permille Int64,
    pace_under_permille Int64,
    pace_hysteresis_permille Int64,
    guard_pause_permille Int64
)
ENGINE = ReplacingMergeTree ORDER BY (subject, version, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'The thresholds that accounts are decided by.';

CREATE TABLE IF NOT EXISTS ticks
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    now_ms Int64
)
ENGINE = ReplacingMergeTree ORDER BY (now_ms, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'The time of the log, as its clock told it.';
