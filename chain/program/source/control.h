/* Pauses a pot, changes who may do what with it, and closes it. */
#pragma once
#include "pot.h"

/* The pot lies second in every one of these instructions, behind whoever signs. */
INLINE u64 open(const Call *call, u64 account_count, u64 data_bytes) {
  TRY(must_have(call, account_count, data_bytes));
  TRY(must_sign(&call->accounts[0]));
  return must_be_pot_of_campaign(call, &call->accounts[1]);
}

INLINE u64 open_by_authority(const Call *call, u64 account_count, u64 data_bytes) {
  TRY(open(call, account_count, data_bytes));
  return must_be_authority(&call->accounts[1], &call->accounts[0]);
}

/* Each event of this file begins with its pot, and most go on with one address. */
INLINE void emit_address(const Account *pot, u64 event_name, const Address *address) {
  u8 event[EVENT_AUTHORITY_SET_BYTES] __attribute__((aligned(8)));
  write_u64(event, event_name);
  write_address(event + EVENT_AUTHORITY_SET_POT, pot->address);
  write_address(event + EVENT_AUTHORITY_SET_AUTHORITY, address);
  const Slice field = {event, sizeof(event)};
  sol_log_data(&field, 1);
}

INLINE void emit_paused(const Call *call, u64 event_name, u8 paused) {
  u8 event[EVENT_POT_PAUSED_BYTES + 7] __attribute__((aligned(8)));
  write_u64(event, event_name);
  write_address(event + EVENT_POT_PAUSED_POT, call->accounts[PAUSE_POT_CAMPAIGN_POT].address);
  write_address(event + EVENT_POT_PAUSED_BY, call->accounts[PAUSE_POT_SIGNER].address);
  event[EVENT_POT_PAUSED_PAUSED] = paused;
  const Slice field = {event, EVENT_POT_PAUSED_BYTES};
  sol_log_data(&field, 1);
}

/* Gives the bit of whoever signs; who is both counts as the authority. */
INLINE u64 must_be_pauser(const Account *pot, const Account *signer, u8 *bit) {
  if (is_same(signer->address, POT_ADDRESS(pot, AUTHORITY))) {
    *bit = PAUSED_BY_AUTHORITY;
    return 0;
  }
  CHECK(is_same(signer->address, POT_ADDRESS(pot, FUNDER)), ERROR_NOT_AUTHORITY);
  *bit = PAUSED_BY_FUNDER;
  return 0;
}

NOINLINE u64 pause_pot(const Call *call) {
  TRY(open(call, PAUSE_POT_ACCOUNTS, PAUSE_POT_DATA_BYTES));
  const Account *pot = &call->accounts[PAUSE_POT_CAMPAIGN_POT];
  u8 bit;
  TRY(must_be_pauser(pot, &call->accounts[PAUSE_POT_SIGNER], &bit));
  *POT(pot, PAUSED) |= bit;
  LOG("PausePot");
  emit_paused(call, EVENT_POT_PAUSED, *POT(pot, PAUSED));
  return 0;
}

/* What the authority has stopped, only the authority lets go on. */
NOINLINE u64 resume_pot(const Call *call) {
  TRY(open(call, RESUME_POT_ACCOUNTS, RESUME_POT_DATA_BYTES));
  const Account *pot = &call->accounts[RESUME_POT_CAMPAIGN_POT];
  u8 bit;
  TRY(must_be_pauser(pot, &call->accounts[RESUME_POT_SIGNER], &bit));
  *POT(pot, PAUSED) &= bit == PAUSED_BY_AUTHORITY ? 0 : PAUSED_BY_AUTHORITY;
  LOG("ResumePot");
  emit_paused(call, EVENT_POT_RESUMED, *POT(pot, PAUSED));
  return 0;
}

NOINLINE u64 set_daily_cap(const Call *call) {
  TRY(open_by_authority(call, SET_DAILY_CAP_ACCOUNTS, SET_DAILY_CAP_DATA_BYTES));
  const Account *pot = &call->accounts[SET_DAILY_CAP_CAMPAIGN_POT];
  const u64 cap = read_u64(call->data + SET_DAILY_CAP_DATA_DAILY_CAP);
  write_u64(POT(pot, DAILY_CAP), cap);
  LOG("SetDailyCap");
  u8 event[EVENT_DAILY_CAP_SET_BYTES] __attribute__((aligned(8)));
  write_u64(event, EVENT_DAILY_CAP_SET);
  write_address(event + EVENT_DAILY_CAP_SET_POT, pot->address);
  write_u64(event + EVENT_DAILY_CAP_SET_DAILY_CAP, cap);
  const Slice field = {event, sizeof(event)};
  sol_log_data(&field, 1);
  return 0;
}

NOINLINE u64 set_keys(const Call *call) {
  TRY(open_by_authority(call, SET_KEYS_ACCOUNTS, SET_KEYS_DATA_BYTES));
  const Account *pot = &call->accounts[SET_KEYS_CAMPAIGN_POT];
  write_address(POT(pot, FUNDER), address_at(call->data + SET_KEYS_DATA_FUNDER));
  write_address(POT(pot, SPENDER), address_at(call->data + SET_KEYS_DATA_SPENDER));
  LOG("SetKeys");
  u8 event[EVENT_KEYS_SET_BYTES] __attribute__((aligned(8)));
  write_u64(event, EVENT_KEYS_SET);
  write_address(event + EVENT_KEYS_SET_POT, pot->address);
  write_address(event + EVENT_KEYS_SET_FUNDER, POT_ADDRESS(pot, FUNDER));
  write_address(event + EVENT_KEYS_SET_SPENDER, POT_ADDRESS(pot, SPENDER));
  const Slice field = {event, sizeof(event)};
  sol_log_data(&field, 1);
  return 0;
}

/* Two steps, so that a mistyped address takes nobody's pot away; nobody, as zeros, takes a proposal back. */
NOINLINE u64 set_authority(const Call *call) {
  TRY(open_by_authority(call, SET_AUTHORITY_ACCOUNTS, SET_AUTHORITY_DATA_BYTES));
  const Account *pot = &call->accounts[SET_AUTHORITY_CAMPAIGN_POT];
  write_address(POT(pot, PENDING_AUTHORITY), address_at(call->data + SET_AUTHORITY_DATA_NEW_AUTHORITY));
  LOG("SetAuthority");
  emit_address(pot, EVENT_AUTHORITY_PROPOSED, POT_ADDRESS(pot, PENDING_AUTHORITY));
  return 0;
}

NOINLINE u64 accept_authority(const Call *call) {
  TRY(open(call, ACCEPT_AUTHORITY_ACCOUNTS, ACCEPT_AUTHORITY_DATA_BYTES));
  const Account *pot = &call->accounts[ACCEPT_AUTHORITY_CAMPAIGN_POT];
  const Account *proposed = &call->accounts[ACCEPT_AUTHORITY_NEW_AUTHORITY];
  const Address nobody = {{0, 0, 0, 0}};
  CHECK(!is_none(POT_ADDRESS(pot, PENDING_AUTHORITY)), ERROR_NO_PENDING_AUTHORITY);
  CHECK(is_same(proposed->address, POT_ADDRESS(pot, PENDING_AUTHORITY)), ERROR_NO_PENDING_AUTHORITY);
  write_address(POT(pot, AUTHORITY), proposed->address);
  write_address(POT(pot, PENDING_AUTHORITY), &nobody);
  LOG("AcceptAuthority");
  emit_address(pot, EVENT_AUTHORITY_SET, POT_ADDRESS(pot, AUTHORITY));
  return 0;
}

/* Whoever opens this pot again later begins above its numbers. */
INLINE u64 must_be_past(const Account *pot) {
  Clock clock;
  TRY(sol_get_clock_sysvar(&clock));
  CHECK(clock.slot >> (64 - SEQUENCE_BITS) == 0, ERROR_OVERFLOW);
  CHECK(clock.slot << SEQUENCE_BITS > POT_U64(pot, NEXT_SEQUENCE), ERROR_TOO_SOON);
  return 0;
}

INLINE void emit_closed(const Account *pot) {
  u8 event[EVENT_POT_CLOSED_BYTES] __attribute__((aligned(8)));
  write_u64(event, EVENT_POT_CLOSED);
  write_address(event + EVENT_POT_CLOSED_POT, pot->address);
  write_u64(event + EVENT_POT_CLOSED_NEXT_SEQUENCE, POT_U64(pot, NEXT_SEQUENCE));
  __builtin_memcpy(event + EVENT_POT_CLOSED_HISTORY, POT(pot, HISTORY), 32);
  const Slice field = {event, sizeof(event)};
  sol_log_data(&field, 1);
}

/* Nothing of it stays: lamports sent later in the same transaction find an ordinary, empty account. */
INLINE void wipe(Account *pot, const Account *rent_to) {
  sol_memset_(pot->data, 0, CAMPAIGN_POT_BYTES);
  *rent_to->lamports += *pot->lamports;
  *pot->lamports = 0;
  *pot->owner = SYSTEM_PROGRAM;
  write_u64(pot->data - 8, 0); /* its size, as the runtime reads it back */
}

NOINLINE u64 close_pot(const Call *call) {
  TRY(open_by_authority(call, CLOSE_POT_ACCOUNTS, CLOSE_POT_DATA_BYTES));
  const Account *authority = &call->accounts[CLOSE_POT_AUTHORITY], *vault = &call->accounts[CLOSE_POT_VAULT];
  Account pot = call->accounts[CLOSE_POT_CAMPAIGN_POT];
  CHECK(is_same(call->accounts[CLOSE_POT_TOKEN_PROGRAM].address, &TOKEN_PROGRAM), ERROR_WRONG_PROGRAM);
  TRY(must_be_writable(authority));
  TRY(must_be_vault_of(&pot, vault));
  CHECK(token_amount(vault) == 0, ERROR_NOT_EMPTY);
  TRY(must_be_past(&pot));
  LOG("ClosePot");
  emit_closed(&pot);
  const Slice seeds[3] = {{POT_SEED, sizeof(POT_SEED)}, {POT(&pot, CAMPAIGN_ID), 32}, {POT(&pot, BUMP), 1}};
  const Signer signer = {seeds, 3};
  TRY(close_token_account(vault, authority, &pot, &signer));
  wipe(&pot, authority);
  return 0;
}
