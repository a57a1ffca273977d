/* Makes an account at an address of the program's own, whatever somebody has sent there before. */
#pragma once
#include "call.h"

#define ACCOUNT_OVERHEAD_BYTES 128 /* that rent is paid for beside the data */
enum { SYSTEM_ASSIGN = 1, SYSTEM_TRANSFER = 2, SYSTEM_ALLOCATE = 8 };

/* The threshold is a float: 2.0 as it was, 1.0 as it is. Any other is taken to 20 bits, rounded up. */
INLINE u64 rent_lamports(u64 bytes, u64 *result) {
  Rent rent;
  TRY(sol_get_rent_sysvar(&rent));
  const u64 exponent = rent.threshold_bits >> 52;
  CHECK(exponent >= 1023 - 16 && exponent <= 1023 + 16, ERROR_OVERFLOW);
  const u64 fraction = rent.threshold_bits & ((1UL << 52) - 1);
  const u64 mantissa = (1UL << 20) + (fraction >> 32) + ((fraction & 0xffffffffUL) ? 1 : 0);
  CHECK(rent.lamports_per_byte < 1UL << 24, ERROR_OVERFLOW);
  const u64 scaled = (ACCOUNT_OVERHEAD_BYTES + bytes) * rent.lamports_per_byte * mantissa;
  const u64 shift = 20 + 1023 - exponent;
  *result = (scaled + (1UL << shift) - 1) >> shift;
  return 0;
}

typedef struct {
  const Call *call;
  const Account *payer;
  Account *account;
  u64 bytes;
  const Signer *signer;
} Creation;

INLINE u64 top_up(const Creation *creation) {
  u64 wanted;
  TRY(rent_lamports(creation->bytes, &wanted));
  const u64 there = *creation->account->lamports;
  if (there >= wanted) return 0;
  u8 data[12] = {SYSTEM_TRANSFER};
  write_u64_anywhere(data + 4, wanted - there);
  const Meta metas[2] = {{creation->payer->address, 1, 1}, {creation->account->address, 1, 0}};
  const Account accounts[2] = {*creation->payer, *creation->account};
  const Instruction instruction = {&SYSTEM_PROGRAM, metas, 2, data, sizeof(data)};
  return sol_invoke_signed_c(&instruction, accounts, 2, 0, 0);
}

INLINE u64 invoke_on(const Creation *creation, const u8 *data, u64 bytes) {
  const Meta meta = {creation->account->address, 1, 1};
  const Instruction instruction = {&SYSTEM_PROGRAM, &meta, 1, data, bytes};
  return sol_invoke_signed_c(&instruction, creation->account, 1, creation->signer, 1);
}

/* Not the system program's create_account: that one refuses an address that holds a lamport already. */
INLINE u64 create(const Creation *creation) {
  CHECK(is_same(creation->account->owner, &SYSTEM_PROGRAM), ERROR_ALREADY_INITIALIZED);
  CHECK(creation->account->data_bytes == 0, ERROR_ALREADY_INITIALIZED);
  TRY(top_up(creation));
  u8 allocate[12] = {SYSTEM_ALLOCATE};
  write_u64_anywhere(allocate + 4, creation->bytes);
  TRY(invoke_on(creation, allocate, sizeof(allocate)));
  u8 assign[36] = {SYSTEM_ASSIGN};
  __builtin_memcpy(assign + 4, creation->call->program, 32);
  return invoke_on(creation, assign, sizeof(assign));
}
