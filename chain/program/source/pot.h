/* A pot: how it is told from anything else, and how it remembers what moved. */
#pragma once
#include "token.h"

#define POT(pot, FIELD) ((pot)->data + CAMPAIGN_POT_##FIELD)
#define POT_U64(pot, FIELD) read_u64(POT(pot, FIELD))
#define POT_ADDRESS(pot, FIELD) address_at(POT(pot, FIELD))

#define RING_MOVEMENTS 32
#define SECONDS_A_DAY 86400
#define SEQUENCE_BITS 20 /* a pot's numbers begin at the slot of its birth, so that they never come again */

enum { KIND_FUND = 1, KIND_SETTLE = 2, KIND_WITHDRAW = 3 };
enum { PAUSED_BY_FUNDER = 1, PAUSED_BY_AUTHORITY = 2 };

static const u8 POT_SEED[3] = {'p', 'o', 't'};

/* Only this program writes what it owns, and it writes this discriminator at a pot's own address alone. */
INLINE u64 must_be_pot(const Call *call, const Account *pot) {
  CHECK(is_same(pot->owner, call->program), ERROR_NOT_A_POT);
  CHECK(pot->data_bytes == CAMPAIGN_POT_BYTES, ERROR_NOT_A_POT);
  CHECK(read_u64(pot->data) == ACCOUNT_CAMPAIGN_POT, ERROR_NOT_A_POT);
  return must_be_writable(pot);
}

/* Each call names its campaign first, so that a mixed-up address is refused and not funded. */
INLINE u64 must_be_pot_of_campaign(const Call *call, const Account *pot) {
  TRY(must_be_pot(call, pot));
  CHECK(is_same(address_at(call->data), POT_ADDRESS(pot, CAMPAIGN_ID)), ERROR_WRONG_CAMPAIGN);
  return 0;
}

INLINE bool is_vault_like(const Account *vault, const Address *mint, const Address *pot) {
  return is_token_account(vault, mint, pot) && is_free(vault);
}

INLINE u64 must_be_vault_of(const Account *pot, const Account *vault) {
  CHECK(is_same(vault->address, POT_ADDRESS(pot, VAULT)), ERROR_WRONG_VAULT);
  CHECK(is_vault_like(vault, POT_ADDRESS(pot, MINT), pot->address), ERROR_WRONG_VAULT);
  return must_be_writable(vault);
}

INLINE u64 must_be_authority(const Account *pot, const Account *account) {
  TRY(must_sign(account));
  CHECK(is_same(account->address, POT_ADDRESS(pot, AUTHORITY)), ERROR_NOT_AUTHORITY);
  return 0;
}

/* A movement as an instruction names it: amount, sequence and id lie there as in the IDL's Funding. */
typedef struct { u8 kind; const u8 *wanted; u64 total; } Movement;

#define AMOUNT(wanted) read_u64((wanted) + TYPE_FUNDING_AMOUNT)
#define SEQUENCE(wanted) read_u64((wanted) + TYPE_FUNDING_SEQUENCE)
#define MOVEMENT_ID(wanted) address_at((wanted) + TYPE_FUNDING_MOVEMENT_ID)

INLINE u64 must_be_next(const Account *pot, const u8 *wanted) {
  const u64 next = POT_U64(pot, NEXT_SEQUENCE);
  CHECK(AMOUNT(wanted) != 0, ERROR_AMOUNT_ZERO);
  CHECK(SEQUENCE(wanted) >= next, ERROR_SEQUENCE_USED);
  CHECK(SEQUENCE(wanted) == next, ERROR_SEQUENCE_AHEAD);
  CHECK(next + 1 != 0, ERROR_OVERFLOW);
  return 0;
}

INLINE u64 add_to(const Account *pot, u64 field, u64 amount, u64 *total) {
  CHECK(!__builtin_add_overflow(read_u64(pot->data + field), amount, total), ERROR_OVERFLOW);
  return 0;
}

INLINE u64 begin_history(const Account *pot, u64 first_sequence) {
  static const u8 words[12] = {'h', 'e', 'a', 'd', 'g', 'a', 't', 'e', ' ', 'p', 'o', 't'};
  const Slice parts[3] = {{words, sizeof(words)}, {(const u8 *)pot->address, 32}, {(const u8 *)&first_sequence, 8}};
  return sol_sha256(parts, 3, POT(pot, HISTORY));
}

INLINE u64 extend_history(const Account *pot, const Movement *movement) {
  const Slice parts[5] = {{POT(pot, HISTORY), 32},
                          {movement->wanted + TYPE_FUNDING_SEQUENCE, 8},
                          {&movement->kind, 1},
                          {movement->wanted + TYPE_FUNDING_MOVEMENT_ID, 32},
                          {movement->wanted + TYPE_FUNDING_AMOUNT, 8}};
  u8 result[32];
  TRY(sol_sha256(parts, 5, result));
  __builtin_memcpy(POT(pot, HISTORY), result, 32);
  return 0;
}

/* The ring's places are not aligned: an odd number of bytes each. */
INLINE void enter_in_ring(const Account *pot, const Movement *movement, u64 slot) {
  const u64 sequence = SEQUENCE(movement->wanted);
  u8 *place = POT(pot, RING) + sequence % RING_MOVEMENTS * TYPE_MOVEMENT_BYTES;
  write_u64_anywhere(place + TYPE_MOVEMENT_SEQUENCE, sequence);
  place[TYPE_MOVEMENT_KIND] = movement->kind;
  __builtin_memcpy(place + TYPE_MOVEMENT_ID, movement->wanted + TYPE_FUNDING_MOVEMENT_ID, 32);
  write_u64_anywhere(place + TYPE_MOVEMENT_AMOUNT, AMOUNT(movement->wanted));
  write_u64_anywhere(place + TYPE_MOVEMENT_SLOT, slot);
}

/* The three kinds of movement say the same of themselves, each under its own name. */
INLINE void emit_movement(const Account *pot, const Movement *movement, u64 event_name) {
  u8 event[EVENT_POT_FUNDED_BYTES] __attribute__((aligned(8)));
  write_u64(event, event_name);
  write_address(event + EVENT_POT_FUNDED_POT, pot->address);
  write_u64(event + EVENT_POT_FUNDED_SEQUENCE, SEQUENCE(movement->wanted));
  write_address(event + EVENT_POT_FUNDED_MOVEMENT_ID, MOVEMENT_ID(movement->wanted));
  write_u64(event + EVENT_POT_FUNDED_AMOUNT, AMOUNT(movement->wanted));
  write_u64(event + EVENT_POT_FUNDED_TOTAL, movement->total);
  __builtin_memcpy(event + EVENT_POT_FUNDED_HISTORY, POT(pot, HISTORY), 32);
  const Slice field = {event, sizeof(event)};
  sol_log_data(&field, 1);
}

INLINE u64 remember(const Account *pot, const Movement *movement, u64 slot, u64 event_name) {
  TRY(extend_history(pot, movement));
  enter_in_ring(pot, movement, slot);
  write_u64(POT(pot, NEXT_SEQUENCE), SEQUENCE(movement->wanted) + 1);
  emit_movement(pot, movement, event_name);
  return 0;
}

/* A clock before 1970 counts as the first day. */
INLINE i64 day_of(const Clock *clock) {
  return clock->unix_seconds < 0 ? 0 : (i64)((u64)clock->unix_seconds / SECONDS_A_DAY);
}
