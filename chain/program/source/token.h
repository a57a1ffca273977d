/* The token program's accounts, checked to the byte, and the two of its instructions that are needed. */
#pragma once
#include "call.h"

#define USDC_DECIMALS 6

enum { MINT_DECIMALS = 44, MINT_STATE = 45, MINT_BYTES = 82 };
enum {
  TOKEN_MINT = 0, TOKEN_OWNER = 32, TOKEN_AMOUNT = 64, TOKEN_DELEGATE = 72, TOKEN_STATE = 108,
  TOKEN_CLOSE_AUTHORITY = 129, TOKEN_BYTES = 165
};
enum { STATE_INITIALIZED = 1 };
enum { TOKEN_CLOSE_ACCOUNT = 9, TOKEN_TRANSFER_CHECKED = 12 };

INLINE bool is_usdc_mint(const Account *mint) {
  return is_same(mint->owner, &TOKEN_PROGRAM) && mint->data_bytes == MINT_BYTES
      && mint->data[MINT_STATE] == STATE_INITIALIZED && mint->data[MINT_DECIMALS] == USDC_DECIMALS;
}

INLINE bool is_token_account(const Account *account, const Address *mint, const Address *owner) {
  return is_same(account->owner, &TOKEN_PROGRAM) && account->data_bytes == TOKEN_BYTES
      && is_same(address_at(account->data + TOKEN_MINT), mint)
      && is_same(address_at(account->data + TOKEN_OWNER), owner)
      && account->data[TOKEN_STATE] == STATE_INITIALIZED;
}

/* Nobody but the owner can take from it: no delegate, and nobody else may close it. */
INLINE bool is_free(const Account *account) {
  return !read_u32_anywhere(account->data + TOKEN_DELEGATE)
      && !read_u32_anywhere(account->data + TOKEN_CLOSE_AUTHORITY);
}

INLINE u64 token_amount(const Account *account) { return read_u64(account->data + TOKEN_AMOUNT); }

typedef struct {
  const Account *from;
  const Account *mint;
  const Account *to;
  const Account *owner;
  u64 amount;
  const Signer *signer; /* seeds of an owner that is a pot; none when the owner has signed itself */
} Transfer;

/* Only the accounts that it needs are passed on: each one more costs compute. */
INLINE u64 transfer_tokens(const Transfer *transfer) {
  u8 data[10];
  data[0] = TOKEN_TRANSFER_CHECKED;
  write_u64_anywhere(data + 1, transfer->amount);
  data[9] = USDC_DECIMALS;
  const Meta metas[4] = {{transfer->from->address, 1, 0}, {transfer->mint->address, 0, 0},
                         {transfer->to->address, 1, 0}, {transfer->owner->address, 0, 1}};
  const Account accounts[4] = {*transfer->from, *transfer->mint, *transfer->to, *transfer->owner};
  const Instruction instruction = {&TOKEN_PROGRAM, metas, 4, data, sizeof(data)};
  return sol_invoke_signed_c(&instruction, accounts, 4, transfer->signer, transfer->signer ? 1 : 0);
}

INLINE u64 close_token_account(const Account *account, const Account *rent_to, const Account *owner,
                               const Signer *signer) {
  const u8 data[1] = {TOKEN_CLOSE_ACCOUNT};
  const Meta metas[3] = {{account->address, 1, 0}, {rent_to->address, 1, 0}, {owner->address, 0, 1}};
  const Account accounts[3] = {*account, *rent_to, *owner};
  const Instruction instruction = {&TOKEN_PROGRAM, metas, 3, data, sizeof(data)};
  return sol_invoke_signed_c(&instruction, accounts, 3, signer, 1);
}
