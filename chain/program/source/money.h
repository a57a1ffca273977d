/* Moves money: into a pot, out of it for what was spent, and back to whom it belongs. */
#pragma once
#include "pot.h"

typedef struct {
  const Account *funder;
  const Account *mint;
  const Account *source;
  const Account *pot;
  const Account *vault;
} Funding;

/* A clock that goes back must not open a second day: the later one of both counts. */
INLINE u64 count_against_cap(const Account *pot, const Clock *clock, u64 amount) {
  const i64 counted = (i64)POT_U64(pot, DAY), now = day_of(clock);
  const u64 before = now > counted ? 0 : POT_U64(pot, DAY_FUNDED);
  u64 after;
  CHECK(!__builtin_add_overflow(before, amount, &after), ERROR_DAILY_CAP_EXCEEDED);
  CHECK(after <= POT_U64(pot, DAILY_CAP), ERROR_DAILY_CAP_EXCEEDED);
  write_u64(POT(pot, DAY), (u64)(now > counted ? now : counted));
  write_u64(POT(pot, DAY_FUNDED), after);
  return 0;
}

INLINE u64 must_be_source(const Funding *funding) {
  const Account *source = funding->source;
  CHECK(is_token_account(source, funding->mint->address, funding->funder->address), ERROR_WRONG_TOKEN_ACCOUNT);
  return must_be_writable(source);
}

INLINE u64 must_be_mint_and_program(const Account *pot, const Account *mint, const Account *program) {
  CHECK(is_same(mint->address, POT_ADDRESS(pot, MINT)), ERROR_WRONG_MINT);
  CHECK(is_same(program->address, &TOKEN_PROGRAM), ERROR_WRONG_PROGRAM);
  return 0;
}

NOINLINE u64 fund(const Funding *funding, const u8 *wanted) {
  const Account *pot = funding->pot;
  CHECK(is_same(funding->funder->address, POT_ADDRESS(pot, FUNDER)), ERROR_NOT_FUNDER);
  TRY(must_be_vault_of(pot, funding->vault));
  TRY(must_be_source(funding));
  TRY(must_be_next(pot, wanted));
  CHECK(*POT(pot, PAUSED) == 0, ERROR_POT_PAUSED);
  Clock clock;
  TRY(sol_get_clock_sysvar(&clock));
  TRY(count_against_cap(pot, &clock, AMOUNT(wanted)));
  Movement movement = {KIND_FUND, wanted, 0};
  TRY(add_to(pot, CAMPAIGN_POT_TOTAL_FUNDED, AMOUNT(wanted), &movement.total));
  CHECK(token_amount(funding->source) >= AMOUNT(wanted), ERROR_INSUFFICIENT_FUNDS);
  const Transfer transfer = {funding->source, funding->mint, funding->vault, funding->funder, AMOUNT(wanted), 0};
  TRY(transfer_tokens(&transfer));
  write_u64(POT(pot, TOTAL_FUNDED), movement.total);
  return remember(pot, &movement, clock.slot, EVENT_POT_FUNDED);
}

NOINLINE u64 fund_campaign_pot(const Call *call) {
  TRY(must_have(call, FUND_CAMPAIGN_POT_ACCOUNTS, FUND_CAMPAIGN_POT_DATA_BYTES));
  const Account *accounts = call->accounts;
  const Funding funding = {&accounts[FUND_CAMPAIGN_POT_FUNDER], &accounts[FUND_CAMPAIGN_POT_USDC_MINT],
                           &accounts[FUND_CAMPAIGN_POT_FUNDER_TOKEN], &accounts[FUND_CAMPAIGN_POT_CAMPAIGN_POT],
                           &accounts[FUND_CAMPAIGN_POT_VAULT]};
  TRY(must_sign(funding.funder));
  TRY(must_be_pot_of_campaign(call, funding.pot));
  TRY(must_be_mint_and_program(funding.pot, funding.mint, &accounts[FUND_CAMPAIGN_POT_TOKEN_PROGRAM]));
  LOG("FundCampaignPot");
  return fund(&funding, call->data + FUND_CAMPAIGN_POT_DATA_AMOUNT);
}

/* One failing funding fails them all: whoever batches splits and tries again. */
NOINLINE u64 fund_campaign_pots(const Call *call) {
  CHECK(call->data_bytes >= 4, ERROR_BAD_DATA);
  const u64 count = read_u32_anywhere(call->data);
  CHECK(count > 0 && count <= FUNDINGS_MAX, ERROR_BAD_DATA);
  TRY(must_have(call, FUND_CAMPAIGN_POTS_ACCOUNTS + 2 * count, 4 + count * TYPE_FUNDING_BYTES));
  const Account *accounts = call->accounts;
  Funding funding = {&accounts[FUND_CAMPAIGN_POTS_FUNDER], &accounts[FUND_CAMPAIGN_POTS_USDC_MINT],
                     &accounts[FUND_CAMPAIGN_POTS_FUNDER_TOKEN], 0, 0};
  TRY(must_sign(funding.funder));
  LOG("FundCampaignPots");
  for (u64 index = 0; index < count; index++) {
    u8 wanted[TYPE_FUNDING_BYTES] __attribute__((aligned(8))); /* behind its count it is not aligned */
    __builtin_memcpy(wanted, call->data + 4 + index * TYPE_FUNDING_BYTES, TYPE_FUNDING_BYTES);
    funding.pot = &accounts[FUND_CAMPAIGN_POTS_ACCOUNTS + 2 * index];
    funding.vault = funding.pot + 1;
    TRY(must_be_pot(call, funding.pot));
    TRY(must_be_mint_and_program(funding.pot, funding.mint, &accounts[FUND_CAMPAIGN_POTS_TOKEN_PROGRAM]));
    TRY(fund(&funding, wanted));
  }
  return 0;
}

typedef struct {
  const Account *owner; /* who has signed, and whose token account takes the money */
  const Account *mint;
  const Account *pot;
  const Account *vault;
  const Account *destination;
} Payout;

/* What leaves a pot goes to a token account of whoever signs for it, and nowhere else. */
INLINE u64 pay_out(const Payout *payout, const u8 *wanted) {
  const Account *pot = payout->pot, *to = payout->destination;
  TRY(must_be_vault_of(pot, payout->vault));
  CHECK(is_token_account(to, POT_ADDRESS(pot, MINT), payout->owner->address), ERROR_WRONG_TOKEN_ACCOUNT);
  TRY(must_be_writable(to));
  TRY(must_be_next(pot, wanted));
  CHECK(token_amount(payout->vault) >= AMOUNT(wanted), ERROR_INSUFFICIENT_FUNDS);
  const Slice seeds[3] = {{POT_SEED, sizeof(POT_SEED)}, {POT(pot, CAMPAIGN_ID), 32}, {POT(pot, BUMP), 1}};
  const Signer signer = {seeds, 3};
  const Transfer transfer = {payout->vault, payout->mint, to, pot, AMOUNT(wanted), &signer};
  return transfer_tokens(&transfer);
}

/* The newest day is kept: an older one, settled late, counts in the totals only. */
INLINE u64 count_spend(const Account *pot, const Clock *clock, i64 day, u64 amount) {
  const i64 newest = (i64)POT_U64(pot, SPENT_DAY);
  CHECK(day >= 0 && day <= day_of(clock) + 1, ERROR_WRONG_DAY);
  if (day < newest) return 0;
  u64 spent = 0;
  if (day == newest) TRY(add_to(pot, CAMPAIGN_POT_DAY_SPENT, amount, &spent));
  else spent = amount;
  write_u64(POT(pot, SPENT_DAY), (u64)day);
  write_u64(POT(pot, DAY_SPENT), spent);
  return 0;
}

NOINLINE u64 settle(const Call *call) {
  TRY(must_have(call, SETTLE_ACCOUNTS, SETTLE_DATA_BYTES));
  const Account *accounts = call->accounts, *pot = &accounts[SETTLE_CAMPAIGN_POT];
  const Payout payout = {&accounts[SETTLE_SPENDER], &accounts[SETTLE_USDC_MINT], pot, &accounts[SETTLE_VAULT],
                         &accounts[SETTLE_SPENDER_TOKEN]};
  const u8 *wanted = call->data + SETTLE_DATA_AMOUNT;
  TRY(must_sign(payout.owner));
  TRY(must_be_pot_of_campaign(call, pot));
  CHECK(is_same(payout.owner->address, POT_ADDRESS(pot, SPENDER)), ERROR_NOT_SPENDER);
  TRY(must_be_mint_and_program(pot, payout.mint, &accounts[SETTLE_TOKEN_PROGRAM]));
  LOG("Settle");
  TRY(pay_out(&payout, wanted));
  Clock clock;
  TRY(sol_get_clock_sysvar(&clock));
  TRY(count_spend(pot, &clock, (i64)read_u64(call->data + SETTLE_DATA_DAY), AMOUNT(wanted)));
  Movement movement = {KIND_SETTLE, wanted, 0};
  TRY(add_to(pot, CAMPAIGN_POT_TOTAL_SETTLED, AMOUNT(wanted), &movement.total));
  write_u64(POT(pot, TOTAL_SETTLED), movement.total);
  return remember(pot, &movement, clock.slot, EVENT_POT_SETTLED);
}

NOINLINE u64 withdraw(const Call *call) {
  TRY(must_have(call, WITHDRAW_ACCOUNTS, WITHDRAW_DATA_BYTES));
  const Account *accounts = call->accounts, *pot = &accounts[WITHDRAW_CAMPAIGN_POT];
  const Payout payout = {&accounts[WITHDRAW_AUTHORITY], &accounts[WITHDRAW_USDC_MINT], pot,
                         &accounts[WITHDRAW_VAULT], &accounts[WITHDRAW_AUTHORITY_TOKEN]};
  const u8 *wanted = call->data + WITHDRAW_DATA_AMOUNT;
  TRY(must_sign(payout.owner));
  TRY(must_be_pot_of_campaign(call, pot));
  TRY(must_be_authority(pot, payout.owner));
  TRY(must_be_mint_and_program(pot, payout.mint, &accounts[WITHDRAW_TOKEN_PROGRAM]));
  LOG("Withdraw");
  TRY(pay_out(&payout, wanted));
  Clock clock;
  TRY(sol_get_clock_sysvar(&clock));
  Movement movement = {KIND_WITHDRAW, wanted, 0};
  TRY(add_to(pot, CAMPAIGN_POT_TOTAL_WITHDRAWN, AMOUNT(wanted), &movement.total));
  write_u64(POT(pot, TOTAL_WITHDRAWN), movement.total);
  return remember(pot, &movement, clock.slot, EVENT_POT_WITHDRAWN);
}
