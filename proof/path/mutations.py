"""The safeguards of the path that can be switched off, each by replacing its function in one process."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from projections.batch import Batch
from projections.store import Place, Store
from proof import executor_mutations

Swap = Callable[[Any, str, object], None]


def position_before_rows(swap: Swap) -> None:
    """Note how far the tables are before the rows are in them."""
    write = Store.write

    def mutated(
        self: Store,
        batch: Batch,
        next_offsets: Mapping[Place, int],
        cluster: str,
        on_insert: Callable[[str, int], None] = lambda _table, _rows: None,
    ) -> None:
        rows, batch.rows = batch.rows, {table: [] for table in batch.rows}
        write(self, batch, next_offsets, cluster, on_insert)
        batch.rows = rows
        write(self, batch, next_offsets, cluster, on_insert)

    swap(Store, "write", mutated)


MUTATIONS: Final[dict[str, Callable[[Swap], None]]] = {
    **executor_mutations.MUTATIONS,
    "position-before-rows": position_before_rows,
}
