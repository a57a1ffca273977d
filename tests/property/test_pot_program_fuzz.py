"""A quick run of the pot program's fuzz, and the proof that it finds something."""

import pytest

from chain.program import build
from proof.pots.fuzz import Fuzz
from proof.pots.mutations import MUTATIONS, mutated
from proof.pots.scene import BrokenRuleError


def test_mutated_transactions_do_no_harm() -> None:
    """Whoever signs: no money is lost or doubled, no number comes again, and the program never crashes."""
    counts = Fuzz(seed=6).run(2_000)
    assert sum(counts.values()) >= 2_000
    assert counts["ours: landed"] > 50
    assert counts["thief: landed"] > 20
    assert counts["closed and opened again"] > 0


@pytest.mark.parametrize("name", ["the funder is not asked for", "the destination is not checked"])
def test_a_check_taken_away_is_found(name: str) -> None:
    """The fuzz turns red on a program without the check, so its silence means something."""
    library = mutated(build.SOURCE, MUTATIONS[name])
    with pytest.raises(BrokenRuleError):
        Fuzz(seed=6, library=library).run(20_000)
