-- The log as it is, where the projector stands in it, and what went aside.

CREATE TABLE IF NOT EXISTS raw
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    timestamp_ms Int64 COMMENT 'As the producer gave it to Kafka.',
    key Nullable(String),
    id String COMMENT 'What the envelope says, as far as it could be read; empty where it could not.',
    type LowCardinality(String),
    version UInt32 COMMENT 'The version it was written in; typed tables hold the newest.',
    source LowCardinality(String),
    subject String,
    time String,
    correlation_id String,
    causation_id String,
    policy_version Nullable(UInt32),
    header_names Array(LowCardinality(String)),
    header_values Array(Nullable(String)),
    body Nullable(String) CODEC(ZSTD(3)),
    INDEX by_id id TYPE bloom_filter GRANULARITY 4
)
ENGINE = ReplacingMergeTree ORDER BY (topic, partition, offset)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Every record of every topic but the changelogs, byte for byte; read it with FINAL.';

CREATE TABLE IF NOT EXISTS positions
(
    topic LowCardinality(String),
    partition UInt32,
    next_offset UInt64 COMMENT 'The first record that is not in the tables yet.',
    cluster LowCardinality(String) COMMENT 'The Kafka whose log this is.'
)
ENGINE = ReplacingMergeTree(next_offset) ORDER BY (topic, partition)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'How far each partition of the log has come into these tables.';

CREATE TABLE IF NOT EXISTS unreadable
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    timestamp_ms Int64,
    subject String COMMENT 'The key of the record, as text.',
    reason LowCardinality(String),
    detail String
)
ENGINE = ReplacingMergeTree ORDER BY (topic, partition, offset)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Records that no typed table could take, and why; they are whole in raw.';

CREATE TABLE IF NOT EXISTS dead_letters
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    timestamp_ms Int64,
    subject String COMMENT 'The key of the record, as text.',
    origin_topic LowCardinality(String),
    origin_partition UInt32,
    origin_offset UInt64,
    reason LowCardinality(String),
    detail String,
    parked_by LowCardinality(String)
)
ENGINE = ReplacingMergeTree ORDER BY (topic, partition, offset)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'What agents could not read or would not count, with where it stood and why.';

CREATE TABLE IF NOT EXISTS dead_letter_replays
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    timestamp_ms Int64,
    letter_partition UInt32,
    letter_offset UInt64
)
ENGINE = ReplacingMergeTree ORDER BY (topic, partition, offset)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Which dead letters were put back into the log.';
