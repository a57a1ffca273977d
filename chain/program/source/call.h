/* One call of the program: its accounts, its data, and who is called. */
#pragma once
#include "abi.h"
#include "generated.h"

#define FUNDINGS_MAX 16
#define ACCOUNTS_MAX (FUND_CAMPAIGN_POTS_ACCOUNTS + 2 * FUNDINGS_MAX)
#define DISCRIMINATOR_BYTES 8
#define GROWTH_BYTES 10240 /* room that the runtime leaves behind each account's data */
#define FIRST_TIME 0xff    /* an account that has not been listed before */

typedef struct {
  Account accounts[ACCOUNTS_MAX];
  u64 account_count;
  const u8 *data; /* without the discriminator */
  u64 data_bytes;
  u64 instruction;
  const Address *program;
} Call;

INLINE const u8 *parse_account(const u8 *at, Account *account) {
  account->is_signer = at[1];
  account->is_writable = at[2];
  account->is_executable = at[3];
  account->address = (Address *)(at + 8);
  account->owner = (Address *)(at + 40);
  account->lamports = (u64 *)(at + 72);
  account->data_bytes = read_u64(at + 80);
  account->data = (u8 *)(at + 88);
  at += 88 + account->data_bytes + GROWTH_BYTES;
  at = (const u8 *)(((u64)at + 7) & ~7UL);
  account->rent_epoch = read_u64(at);
  return at + 8;
}

/* An account that is listed twice is the same account twice: both share one data, so no change is lost. */
INLINE u64 parse(const u8 *at, Call *call) {
  call->account_count = read_u64(at);
  CHECK(call->account_count <= ACCOUNTS_MAX, ERROR_WRONG_ACCOUNTS);
  at += 8;
  for (u64 index = 0; index < call->account_count; index++) {
    if (*at == FIRST_TIME) {
      at = parse_account(at, &call->accounts[index]);
    } else {
      CHECK(*at < index, ERROR_WRONG_ACCOUNTS);
      call->accounts[index] = call->accounts[*at];
      at += 8;
    }
  }
  const u64 bytes = read_u64(at);
  CHECK(bytes >= DISCRIMINATOR_BYTES, ERROR_INSTRUCTION_MISSING);
  call->instruction = read_u64(at + 8);
  call->data = at + 8 + DISCRIMINATOR_BYTES;
  call->data_bytes = bytes - DISCRIMINATOR_BYTES;
  call->program = (const Address *)(at + 8 + bytes);
  return 0;
}

INLINE u64 must_have(const Call *call, u64 account_count, u64 data_bytes) {
  CHECK(call->account_count == account_count, ERROR_WRONG_ACCOUNTS);
  CHECK(call->data_bytes == data_bytes, ERROR_BAD_DATA);
  return 0;
}
