-- Money on chain: pots and what is seen of them, what the chain was asked for, and what came of it. A row is one item of
-- one record, and names its place in the log: whatever is inserted again has the same place, and replaces itself.

CREATE TABLE IF NOT EXISTS pots_opened
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    pot String COMMENT 'The 32 bytes of its campaign id, in hex.',
    name String,
    address String,
    vault String,
    mint String,
    treasury String COMMENT 'The token account that it is funded from.',
    settlement String COMMENT 'The token account that its settlements go to.',
    funder String,
    spender String,
    authority String,
    daily_cap_micro_usdc Int64,
    at_ms Int64
)
ENGINE = ReplacingMergeTree ORDER BY (subject, pot, at_ms, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Pots when they were there on chain, and whose they are; see pots_now.';

CREATE TABLE IF NOT EXISTS pot_links
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    pot String,
    platform LowCardinality(String),
    account String,
    campaign String,
    link_version UInt32,
    is_linked UInt8,
    check_minutes UInt32,
    at_ms Int64
)
ENGINE = ReplacingMergeTree ORDER BY (subject, platform, account, campaign, link_version, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Which campaigns are paid from which pot; the highest version is in pot_links_now.';

CREATE TABLE IF NOT EXISTS treasury_observations
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    slot UInt64,
    at_ms Int64,
    treasury String,
    treasury_micro_usdc Int64,
    fee_payer String,
    fee_lamports Int64,
    pots UInt32,
    is_whole UInt8 COMMENT 'Whether these are all pots of the client.'
)
ENGINE = ReplacingMergeTree ORDER BY (subject, slot, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Treasuries and who pays fees as the finalized chain had them; the newest is in treasury_now.';

CREATE TABLE IF NOT EXISTS pot_observations
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    slot UInt64,
    at_ms Int64,
    pot String,
    balance_micro_usdc Int64 COMMENT 'What its vault holds.',
    next_sequence UInt64,
    history String COMMENT 'The running hash over all of its movements.',
    funded_micro_usdc Int64,
    settled_micro_usdc Int64,
    withdrawn_micro_usdc Int64,
    daily_cap_micro_usdc Int64,
    cap_day UInt32 COMMENT 'Days since 1970, of the chain''s clock.',
    cap_used_micro_usdc Int64,
    spent_day UInt32,
    spent_micro_usdc Int64,
    is_paused UInt8,
    authority String
)
ENGINE = ReplacingMergeTree ORDER BY (subject, pot, slot, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Pots as the finalized chain had them; the newest is in pots_now.';

CREATE TABLE IF NOT EXISTS pot_moves
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    pot String,
    sequence UInt64,
    kind LowCardinality(String) COMMENT 'fund, settle or withdraw.',
    movement String COMMENT 'The SHA-256 of our id, or what somebody else gave for it.',
    amount_micro_usdc Int64,
    slot UInt64,
    at_ms Int64
)
ENGINE = ReplacingMergeTree ORDER BY (subject, pot, sequence, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Movements that the finalized chain has in a pot; each once in pot_movements.';

CREATE TABLE IF NOT EXISTS pot_switches
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    command_id String,
    pot String,
    is_paused UInt8,
    order UInt32,
    outcome LowCardinality(String) COMMENT 'done or failed.',
    signature String,
    slot UInt64,
    detail String,
    fee_lamports Int64,
    at_ms Int64
)
ENGINE = ReplacingMergeTree ORDER BY (subject, pot, order, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Pots that were paused or let go on by our command, or could not be.';

CREATE TABLE IF NOT EXISTS meterings
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    pot String,
    platform LowCardinality(String),
    account String,
    campaign String,
    currency LowCardinality(String),
    day LowCardinality(String) COMMENT 'Of the account.',
    day_start_ms Int64,
    day_end_ms Int64,
    at_ms Int64,
    budget_micros Nullable(Int64),
    spent_micros Int64,
    likely_micros Int64,
    expected_micros Int64,
    band_micros Int64,
    is_accelerated UInt8,
    is_running UInt8,
    is_closed UInt8
)
ENGINE = ReplacingMergeTree ORDER BY (subject, pot, platform, account, campaign, day, at_ms, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'What campaigns that are paid from a pot have cost, and will; the newest is in metered_days.';

CREATE TABLE IF NOT EXISTS platform_webhooks
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    platform LowCardinality(String),
    account String,
    campaign String,
    kind LowCardinality(String),
    at_ms Int64
)
ENGINE = ReplacingMergeTree ORDER BY (subject, platform, account, campaign, at_ms, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'What platforms told of campaigns by themselves.';

CREATE TABLE IF NOT EXISTS chain_commands
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    command_id String,
    action LowCardinality(String) COMMENT 'fund, settle, pause or resume.',
    pot String,
    movement_id String,
    movement String,
    sequence Nullable(UInt64),
    amount_micro_usdc Nullable(Int64),
    day LowCardinality(String),
    order Nullable(UInt32),
    reason LowCardinality(String),
    decided_ms Int64,
    not_after_ms Int64
)
ENGINE = ReplacingMergeTree ORDER BY (subject, command_id, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'What the chain executor was asked for.';

CREATE TABLE IF NOT EXISTS chain_attempts
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    command_id String,
    attempt UInt32,
    signature String,
    raw String,
    last_valid_height UInt64,
    commands UInt32,
    at_ms Int64
)
ENGINE = ReplacingMergeTree ORDER BY (subject, command_id, attempt, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Transactions that were about to be sent, whole.';

CREATE TABLE IF NOT EXISTS lookup_tables
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    address String,
    owner String,
    slot UInt64,
    at_ms Int64
)
ENGINE = ReplacingMergeTree ORDER BY (subject, address, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Lookup tables that were about to be made or filled.';

CREATE TABLE IF NOT EXISTS chain_outcomes
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    command_id String,
    movement_id String,
    pot String,
    kind LowCardinality(String),
    sequence UInt64,
    outcome LowCardinality(String) COMMENT 'landed or failed.',
    amount_micro_usdc Nullable(Int64),
    signature String,
    reason LowCardinality(String),
    detail String,
    next_sequence Nullable(UInt64),
    slot UInt64,
    fee_lamports Int64,
    attempts UInt32,
    at_ms Int64
)
ENGINE = ReplacingMergeTree ORDER BY (subject, movement_id, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'How movements ended on chain, with what they have cost.';
