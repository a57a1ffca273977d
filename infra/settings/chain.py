"""Which Solana money moves on, by which keys, and how the local chain runs."""

from __future__ import annotations

import re
from pathlib import Path  # noqa: TC003 - pydantic looks it up when it runs
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

URL_CHARS_MAX = 2_000
IS_URL = re.compile(r"https?://\S+").fullmatch


def _url(url: SecretStr) -> SecretStr:
    text = url.get_secret_value()
    if len(text) > URL_CHARS_MAX or not IS_URL(text):
        raise ValueError("an endpoint begins with https:// or http://, and has no spaces")
    return url


# A secret, since an endpoint's address often has its key in it.
RpcUrl = Annotated[SecretStr, AfterValidator(_url)]
SolanaAddress = Annotated[str, Field(pattern="^[1-9A-HJ-NP-Za-km-z]{32,44}$")]
Program = Annotated[tuple[str, ...], Field(max_length=32)]
CurrencyCode = Annotated[str, Field(pattern="^[A-Z]{3}$")]
Rate = Annotated[str, Field(pattern="^[0-9]{1,6}([.][0-9]{1,9})?$")]


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChainSettings(_Group):
    """Which Solana, by which keys, and at what price."""

    rpc_urls: Annotated[tuple[RpcUrl, ...], Field(max_length=16)] = Field(
        default=(), description="JSON-RPC endpoints of one cluster; none: the local chain of data_dir."
    )
    program: SolanaAddress | None = Field(
        default=None, description="Address of the campaign-pot program; unset: the local chain's."
    )
    usdc_mint: SolanaAddress | None = Field(
        default=None, description="USDC's mint; unset: the local chain's own."
    )
    funder_keypair: Path | None = Field(
        default=None, description="File (mode 0600) of the key that pays pots and fees."
    )
    funder_signer: Program = Field(
        default=(), description="A program that signs as the funder, in place of a file."
    )
    spender_keypair: Path | None = Field(
        default=None, description="File (mode 0600) of the key that takes from pots what days have cost."
    )
    spender_signer: Program = Field(
        default=(), description="A program that signs as the spender, in place of a file."
    )
    authority_keypair: Path | None = Field(
        default=None,
        description="File (mode 0600) of the admin's and pots' own key; only people's commands use it.",
    )
    timeout_ms: int = Field(default=10_000, ge=100, le=120_000, description="How long an answer may take.")
    lag_slots_max: int = Field(
        default=64, ge=1, le=10_000, description="An endpoint further behind the others is not asked."
    )
    batch_max: int = Field(default=10, ge=1, le=16, description="Most fundings in one transaction.")
    priority_fee_max: int = Field(
        default=50_000,
        ge=0,
        le=10_000_000,
        description="Most that is paid for haste, in micro-lamports a compute unit.",
    )
    observe_ms: int = Field(
        default=30_000, ge=100, le=3_600_000, description="How often pots are read from the chain."
    )
    fx: Annotated[dict[CurrencyCode, Rate], Field(max_length=200)] = Field(
        default={}, description='What a unit of a currency is worth in USDC, such as EUR = "1.0832".'
    )


class LocalnetSettings(_Group):
    """The local chain."""

    port: int = Field(default=0, ge=0, le=65_535, description="Port it listens on; 0: a free one.")
    host: str = Field(default="127.0.0.1", min_length=1, description="Address it listens on.")
    slot_ms: int = Field(default=400, ge=5, le=60_000, description="How long a slot lasts, in our time.")
    final_slots: int = Field(
        default=31, ge=1, le=150, description="How many slots until what was processed is final."
    )
