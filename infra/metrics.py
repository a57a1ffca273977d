"""Every metric of the product, in one list; a module that owns a figure imports its metric from here."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

# From a commit on a warm local broker to one that waits for a replica far away.
_COMMIT_BUCKETS_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
# From an empty table to a million rows over a network.
_RESTORE_BUCKETS_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
# From one small answer to a large account's pages behind a quota.
_POLL_BUCKETS_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600)
# From a platform that answers at once to one that lets us wait.
_COMMAND_BUCKETS_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600)

# -- The engine: rounds ---------------------------------------------------------------------------

# One a committed transaction. Its rate going to zero under lag is the first sign of trouble.
ROUNDS = Counter("headgate_rounds_total", "Rounds committed.")
# Kafka records that agents took in; a page is one.
RECORDS = Counter("headgate_records_total", "Records taken in by agents, committed.", ["topic"])
# Observations inside those records; the figure that "fast" is measured in.
OBSERVATIONS = Counter(
    "headgate_observations_total", "Observations taken in by agents, committed.", ["topic"]
)
# Facts and commands that agents sent.
OUTPUTS = Counter("headgate_outputs_total", "Records sent by agents, committed.", ["topic"])
# Rows of tables that changed; far below observations when little is new.
TABLE_CHANGES = Counter("headgate_table_changes_total", "Rows of tables changed, committed.", ["table"])
# Poll to commit, whole.
ROUND_SECONDS = Histogram("headgate_round_seconds", "Duration of a round.", buckets=_COMMIT_BUCKETS_SECONDS)
# The transaction's end alone: what the brokers cost.
COMMIT_SECONDS = Histogram(
    "headgate_commit_seconds", "Duration of a commit.", buckets=_COMMIT_BUCKETS_SECONDS
)
# Unix time of the last commit; `time() - this` is its age.
LAST_COMMIT = Gauge("headgate_last_commit_timestamp_seconds", "When the last round was committed.")

# -- The engine: partitions -----------------------------------------------------------------------

# Records between what is committed and the end of a partition.
LAG = Gauge("headgate_lag_records", "Records not yet taken in.", ["topic", "partition"])
# Partitions that the group gave to this process.
PARTITIONS_ASSIGNED = Gauge("headgate_partitions_assigned", "Partitions assigned to this process.")
# Those of them whose state is here, so that they are read.
PARTITIONS_RESTORED = Gauge("headgate_partitions_restored", "Assigned partitions whose state is restored.")
# Joins, leaves, deaths: each is a short silence.
REBALANCES = Counter("headgate_rebalances_total", "Assignments received from the group.")
# Assignment to readiness of one partition.
RESTORE_SECONDS = Histogram(
    "headgate_restore_seconds", "Duration of a partition's restore.", buckets=_RESTORE_BUCKETS_SECONDS
)
# Changelog records read for it.
RESTORE_RECORDS = Counter("headgate_restore_records_total", "Changelog records read by restores.", ["table"])

# -- What went aside ------------------------------------------------------------------------------

# Records that could not be read and were parked whole; alert on any.
PARKED = Counter("headgate_parked_records_total", "Records parked in dead-letters.", ["topic", "reason"])

# -- The clock ------------------------------------------------------------------------------------

# Ticks that the broker acknowledged; one a partition a minute.
CLOCK_TICKS = Counter("headgate_clock_ticks_total", "Ticks delivered.", ["topic"])
# Ticks that were given up on after retries.
CLOCK_FAILURES = Counter("headgate_clock_failures_total", "Ticks not delivered.", ["topic"])
# Unix time of the newest delivered tick.
CLOCK_LAST_TICK = Gauge("headgate_clock_last_tick_timestamp_seconds", "The newest time delivered.")

# -- The poller -----------------------------------------------------------------------------------

# Reads of platforms by how they went: completed, or the trouble's name.
POLLS = Counter("headgate_polls_total", "Reads of accounts.", ["platform", "kind", "outcome"])
# First question to the broker's acknowledgement of the last page.
POLL_SECONDS = Histogram(
    "headgate_poll_seconds", "Duration of a whole read.", ["platform", "kind"], buckets=_POLL_BUCKETS_SECONDS
)
# Campaigns and hours in the pages published.
POLL_ROWS = Counter("headgate_poll_rows_total", "Rows published by whole reads.", ["platform", "kind"])
# The moment that the newest whole read is of, in the world's time; of the first 200 accounts only.
POLL_LAST_GOOD = Gauge(
    "headgate_poll_last_good_timestamp_seconds", "When the last whole read was begun.", ["account", "kind"]
)
# Accounts that will not be read again by themselves, or have failed some times in a row.
POLL_ACCOUNTS_FAILING = Gauge("headgate_poll_accounts_failing", "Accounts that cannot be read.")

# -- The executor ---------------------------------------------------------------------------------

# Commands that have their outcome: applied, superseded or failed.
COMMANDS = Counter(
    "headgate_commands_total", "Commands that have their outcome.", ["platform", "action", "outcome"]
)
# Decided to seen on the platform, in our time; the platform's own delay is in it.
COMMAND_SECONDS = Histogram(
    "headgate_command_seconds",
    "Time from a decision until the platform shows it.",
    ["action"],
    buckets=_COMMAND_BUCKETS_SECONDS,
)
# Commands that have to wait, by what the platform said.
COMMAND_RETRIES = Counter(
    "headgate_command_retries_total", "Commands that have to be tried again.", ["platform", "reason"]
)
# Commands without an outcome; staying up means that a platform does not let us.
COMMANDS_OPEN = Gauge("headgate_commands_open", "Commands that have no outcome yet.")

# -- The notifier ---------------------------------------------------------------------------------

# What became of what a destination was to be told: taken, or parked whole since it refuses it for good.
NOTICES = Counter("headgate_notices_total", "Notices taken or parked.", ["destination", "outcome"])
# Offers that did not go through; staying above zero means that a destination is away.
NOTICE_RETRIES = Counter(
    "headgate_notice_retries_total", "Notices that have to be offered again.", ["destination"]
)
# Happened to taken, in our time; what waited while a destination was away is in it.
NOTICE_SECONDS = Histogram(
    "headgate_notice_seconds",
    "Time from an alert until a destination has it.",
    ["destination"],
    buckets=_COMMAND_BUCKETS_SECONDS,
)
# Records that a destination's group has not looked at yet, most of which are not for people.
NOTIFIER_LAG = Gauge("headgate_notifier_lag_records", "Records not yet looked at.", ["destination"])

# -- The projector --------------------------------------------------------------------------------

# Rows that ClickHouse has taken; what is inserted again counts again, though it replaces itself.
PROJECTED_ROWS = Counter("headgate_projected_rows_total", "Rows inserted into ClickHouse.", ["table"])
# One batch into all its tables, whole.
PROJECTED_SECONDS = Histogram(
    "headgate_projected_seconds", "Duration of a batch's inserts.", buckets=_COMMIT_BUCKETS_SECONDS
)
# Inserts that did not go through; the batch is kept and tried again.
PROJECTOR_RETRIES = Counter("headgate_projector_retries_total", "Batches that had to be inserted again.")

# -- The forecaster -------------------------------------------------------------------------------

# Forecasts by how they went: with a training, or by the model of the last one.
FORECASTS = Counter(
    "headgate_forecasts_total", "Forecasts of all accounts that were due.", ["kind", "outcome"]
)
# Learning, forecasting and publishing, whole; it happens beside the reading.
FORECAST_SECONDS = Histogram(
    "headgate_forecast_seconds",
    "Duration of making and publishing forecasts.",
    ["kind"],
    buckets=_POLL_BUCKETS_SECONDS,
)
# Unix time, the world's, of the newest forecasts; deciders fall back to their own model without them.
FORECAST_LAST = Gauge("headgate_forecast_last_timestamp_seconds", "When forecasts were last published.")
# Of the hours of the last whole days, how many came within their band; far off means: do not trust it.
FORECAST_COVERAGE = Gauge(
    "headgate_forecast_coverage_ratio", "Share of hours that came within their band.", ["band"]
)

# -- The platforms' edge ----------------------------------------------------------------------------

# Calls by what came of them; rate-limited ones say that the quota's settings promise too much.
PLATFORM_CALLS = Counter("headgate_platform_calls_total", "Calls made to platforms.", ["platform", "outcome"])

# -- The chain's endpoints ---------------------------------------------------------------------------

# Calls by what came of them: answered, behind, refused, or unknown (no answer, or junk).
CHAIN_CALLS = Counter(
    "headgate_chain_calls_total", "Calls made to the chain's endpoints.", ["endpoint", "method", "outcome"]
)
# Those that were answered.
CHAIN_CALL_SECONDS = Histogram(
    "headgate_chain_call_seconds", "Duration of a call.", ["endpoint"], buckets=_COMMIT_BUCKETS_SECONDS
)
# How far an endpoint's finalized chain is; one that stands still is asked no more.
CHAIN_ENDPOINT_SLOT = Gauge("headgate_chain_endpoint_slot", "An endpoint's finalized slot.", ["endpoint"])
# Those that answer, keep up and agree; none means that no money moves.
CHAIN_ENDPOINTS_TRUSTED = Gauge("headgate_chain_endpoints_trusted", "Endpoints that are asked.")

# -- The chain executor -------------------------------------------------------------------------------

# Orders that have their outcome: landed, switched, or failed and why.
CHAIN_COMMANDS = Counter(
    "headgate_chain_commands_total", "Orders that have their outcome.", ["kind", "outcome"]
)
# Decided to finalized and told, in our time; the chain's own half minute is in it.
CHAIN_COMMAND_SECONDS = Histogram(
    "headgate_chain_command_seconds",
    "Time from a decision until the finalized chain has it.",
    ["kind"],
    buckets=_COMMAND_BUCKETS_SECONDS,
)
# What each funding that landed has moved; the seed wants large ones to be looked at.
CHAIN_FUNDING = Histogram(
    "headgate_chain_funding_usdc",
    "USDC moved by one funding.",
    buckets=(1, 10, 100, 1_000, 10_000, 100_000),
)
# Orders in signed transactions; those signed again had not landed before they were over.
CHAIN_ATTEMPTS = Counter("headgate_chain_attempts_total", "Orders in signed transactions.", ["turn"])
# Orders that could not be looked at, signed or sent, by what was wrong; none is ended by it.
CHAIN_RETRIES = Counter("headgate_chain_retries_total", "Orders that have to be tried again.", ["reason"])
# What is left to pay fees with; without it nothing lands.
CHAIN_FEE_LAMPORTS = Gauge("headgate_chain_fee_lamports", "Lamports of who pays fees.", ["payer"])

# -- Roles under `headgate up`, served by its own /metrics ------------------------------------------

# Deaths that were answered with a new process.
ROLE_RESTARTS = Counter("headgate_role_restarts_total", "Restarts of a role.", ["role"])
# 1 while the role's process lives.
ROLE_UP = Gauge("headgate_role_up", "Whether the role's process lives.", ["role"])
# Deaths of the embedded broker that were answered with a restart.
BROKER_RESTARTS = Counter("headgate_broker_restarts_total", "Restarts of the embedded broker.")


def every() -> dict[str, Counter | Gauge | Histogram]:
    """Return each metric by the name that it is scraped under."""
    found = (value for value in globals().values() if isinstance(value, Counter | Gauge | Histogram))
    return {
        f"{family.name}_total" if family.type == "counter" else family.name: metric
        for metric in found
        for family in metric.describe()
    }
