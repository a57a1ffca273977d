"""Which methods there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chain.localnet.errors import METHOD_NOT_FOUND, RpcError
from chain.localnet.rpc import accounts, admin, cluster, history, sending
from chain.localnet.rpc.asked import Asked
from chain.localnet.rpc.params import Params

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chain.localnet.chain import LocalChain
    from chain.localnet.views import View

METHODS: dict[str, Callable[[Asked], Any]] = {
    "getHealth": cluster.get_health,
    "getVersion": cluster.get_version,
    "getGenesisHash": cluster.get_genesis_hash,
    "getSlot": cluster.get_slot,
    "getBlockHeight": cluster.get_block_height,
    "getBlockTime": cluster.get_block_time,
    "getEpochInfo": cluster.get_epoch_info,
    "getFirstAvailableBlock": cluster.first_available_block,
    "getLatestBlockhash": cluster.get_latest_blockhash,
    "isBlockhashValid": cluster.is_blockhash_valid,
    "getFeeForMessage": cluster.get_fee_for_message,
    "getRecentPrioritizationFees": cluster.get_recent_prioritization_fees,
    "getMinimumBalanceForRentExemption": cluster.get_minimum_balance,
    "getBalance": accounts.get_balance,
    "getAccountInfo": accounts.get_account_info,
    "getMultipleAccounts": accounts.get_multiple_accounts,
    "getProgramAccounts": accounts.get_program_accounts,
    "getTokenAccountsByOwner": accounts.get_token_accounts_by_owner,
    "getTokenAccountBalance": accounts.get_token_account_balance,
    "getTokenSupply": accounts.get_token_supply,
    "sendTransaction": sending.send_transaction,
    "simulateTransaction": sending.simulate_transaction,
    "getSignatureStatuses": history.get_signature_statuses,
    "getSignaturesForAddress": history.get_signatures_for_address,
    "getTransaction": history.get_transaction,
    "requestAirdrop": admin.request_airdrop,
    "headgate_requestUsdc": admin.request_usdc,
    "headgate_genesis": admin.genesis,
}
# Whoever may call these can make anything happen, so the server offers them to its own machine only.
OWN_MACHINE: dict[str, Callable[[Asked], Any]] = {
    "headgate_setFaults": admin.set_faults,
    "headgate_faults": admin.faults,
    "headgate_advance": admin.advance,
    "headgate_fork": admin.fork,
}
_ALL = METHODS | OWN_MACHINE


def answer(chain: LocalChain, method: str, params: Sequence[Any], view: View) -> Any:  # noqa: ANN401 - JSON
    """Answer one call, or raise `RpcError`."""
    known = _ALL.get(method)
    if known is None:
        raise RpcError(METHOD_NOT_FOUND, "Method not found")
    return known(Asked(chain, Params(params), view))
