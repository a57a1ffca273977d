-- What people found out of movements that the finalized chain could tell nothing of any more.

CREATE TABLE IF NOT EXISTS movement_judgements
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    item UInt32,
    subject String,
    movement_id String,
    pot String,
    verdict LowCardinality(String) COMMENT 'landed or failed.',
    by String,
    reason String,
    at_ms Int64
)
ENGINE = ReplacingMergeTree ORDER BY (subject, movement_id, topic, partition, offset, item)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Verdicts of people on movements; one counts only while its movement is stuck.';
