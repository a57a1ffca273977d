"""What is run: the scenarios, and for each safeguard the run that must turn red without it."""

from typing import Final

from msgspec import Struct, structs


class Planned(Struct, frozen=True):
    """One run of a scenario."""

    title: str
    scenario: str
    times: int
    store: str = "memory"
    chain: bool = False
    static_member: bool = True
    brokers: int = 1
    traps: tuple[str, ...] = ()
    mutations: tuple[str, ...] = ()


class Proof(Struct, frozen=True):
    """A safeguard, and the runs that show that the harness would notice its absence.

    ``alone`` is run without the safeguard. Where another one stands behind it, so that nothing goes wrong,
    ``both`` is run without either and must go wrong, while ``other`` without the other one alone must not:
    in what ``shows`` names, if that is not all.
    """

    safeguard: str
    alone: Planned
    both: Planned | None = None
    other: Planned | None = None
    covered_by: str = ""
    shows: str = ""


PLAN: Final = (
    Planned("kill", "kill", 30, "memory"),
    Planned("kill", "kill", 30, "disk", chain=True),
    Planned("rebalance", "rebalance", 12, "memory"),
    Planned("rebalance", "rebalance", 12, "disk", chain=True, static_member=False),
    Planned("zombie", "zombie", 6, "memory"),
    Planned("zombie", "zombie", 6, "disk", chain=True, static_member=False),
    Planned("zombie", "zombie-after-end", 5, "memory"),
    Planned("zombie", "replaced", 5, "memory"),
    Planned("broker", "broker", 4, "memory"),
    Planned("brokers", "broker", 4, "disk", brokers=3),
    Planned("chain", "mixed", 12, "memory", chain=True),
    Planned("chain", "broker", 3, "memory", chain=True, brokers=3),
)
SHORT: Final = (Planned("short", "mixed", 3, "disk", chain=True),)

_OUTPUTS = Planned("outputs", "kill", 8, chain=True, mutations=("outputs-outside-transaction",))
_SKIP = Planned("skip", "kill", 6, mutations=("inject-skip",))
_LATE = Planned("late", "zombie-after-end", 1, traps=("begin",), mutations=("changelog-outside-transaction",))
_NOBODY = Planned("nobody", "zombie-after-end", 1, traps=("begin",), static_member=False)
_AS_NOBODY = structs.replace(_NOBODY, mutations=("non-member-metadata",))

PROOFS: Final = (
    Proof(
        "offsets-outside-transaction",
        Planned("offsets", "kill", 8, mutations=("offsets-outside-transaction",)),
    ),
    Proof(
        "state-ahead-check-off",
        Planned("ahead", "kill", 4, mutations=("state-ahead-check-off",)),
        both=Planned("ahead", "kill", 8, mutations=("offsets-outside-transaction", "state-ahead-check-off")),
        covered_by="offsets in the transaction",
        shows="metered",
    ),
    Proof(
        "state-before-commit",
        Planned("before", "kill", 8, "disk", mutations=("state-before-commit",)),
    ),
    Proof("outputs-outside-transaction", _OUTPUTS),
    Proof(
        "seen-check-off",
        Planned("seen", "kill", 4, chain=True, mutations=("seen-check-off",)),
        both=Planned("seen", "kill", 8, chain=True, mutations=(*_OUTPUTS.mutations, "seen-check-off")),
        other=_OUTPUTS,
        covered_by="outputs in the transaction",
        shows="tallied",
    ),
    Proof("read-before-restore", Planned("restore", "kill", 3, mutations=("read-before-restore",))),
    Proof(
        "link-check-off",
        Planned("link", "kill", 6, mutations=("inject-skip", "link-check-off")),
        other=_SKIP,
    ),
    Proof("non-member-metadata", _AS_NOBODY, other=_NOBODY),
    Proof(
        "proof-check-off",
        structs.replace(_NOBODY, times=2, traps=("deciding",), mutations=("proof-check-off",)),
        both=_AS_NOBODY,
        covered_by="the broker's own check of member and generation",
    ),
    Proof(
        "version-refusal-off",
        Planned("version", "zombie-after-end", 1, traps=("begin",), mutations=("version-refusal-off",)),
        both=Planned(
            "version",
            "zombie-after-end",
            1,
            traps=("begin",),
            mutations=(*_LATE.mutations, "version-refusal-off"),
        ),
        other=_LATE,
        covered_by="the changelog in the transaction",
    ),
)
