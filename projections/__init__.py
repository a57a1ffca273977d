"""ClickHouse: numbered migrations, projectors from facts to rows, the sink, and what answers questions."""
