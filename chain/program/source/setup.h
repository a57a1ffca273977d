/* Sets the program up, once, and opens pots. */
#pragma once
#include "create.h"
#include "pot.h"

static const u8 CONFIG_SEED[6] = {'c', 'o', 'n', 'f', 'i', 'g'};

/* The loader's own records: which data belongs to a program, and who may replace it. */
enum { LOADER_PROGRAM = 2, LOADER_PROGRAM_BYTES = 36, LOADER_PROGRAM_DATA_AT = 4 };
enum { LOADER_DATA = 3, LOADER_DATA_BYTES_MIN = 45, LOADER_HAS_AUTHORITY = 12, LOADER_AUTHORITY = 13 };

INLINE bool is_same_anywhere(const u8 *at, const Address *address) {
  return read_u64_anywhere(at) == address->word[0] && read_u64_anywhere(at + 8) == address->word[1]
      && read_u64_anywhere(at + 16) == address->word[2] && read_u64_anywhere(at + 24) == address->word[3];
}

/* Whoever may replace the program may set it up: so nobody can be quicker and become its admin. */
INLINE u64 must_be_upgrade_authority(const Call *call) {
  const Account *program = &call->accounts[INITIALIZE_PROGRAM];
  const Account *data = &call->accounts[INITIALIZE_PROGRAM_DATA];
  const Account *authority = &call->accounts[INITIALIZE_UPGRADE_AUTHORITY];
  TRY(must_sign(authority));
  CHECK(is_same(program->address, call->program), ERROR_WRONG_PROGRAM);
  CHECK(is_same(program->owner, &UPGRADEABLE_LOADER), ERROR_WRONG_PROGRAM);
  CHECK(program->data_bytes >= LOADER_PROGRAM_BYTES, ERROR_WRONG_PROGRAM);
  CHECK(read_u32_anywhere(program->data) == LOADER_PROGRAM, ERROR_WRONG_PROGRAM);
  CHECK(is_same_anywhere(program->data + LOADER_PROGRAM_DATA_AT, data->address), ERROR_WRONG_PROGRAM);
  CHECK(is_same(data->owner, &UPGRADEABLE_LOADER), ERROR_WRONG_PROGRAM);
  CHECK(data->data_bytes >= LOADER_DATA_BYTES_MIN, ERROR_WRONG_PROGRAM);
  CHECK(read_u32_anywhere(data->data) == LOADER_DATA, ERROR_WRONG_PROGRAM);
  CHECK(data->data[LOADER_HAS_AUTHORITY] == 1, ERROR_NOT_UPGRADE_AUTHORITY);
  CHECK(is_same_anywhere(data->data + LOADER_AUTHORITY, authority->address), ERROR_NOT_UPGRADE_AUTHORITY);
  return 0;
}

typedef struct { Slice seeds[3]; Signer signer; u8 bump; } Own;

/* Finds the address that the seeds give, and holds the account to it; `own` must stay where it is. */
INLINE u64 must_be_own(const Call *call, const Account *account, Own *own, u64 seed_count) {
  Address found;
  CHECK(!sol_try_find_program_address(own->seeds, seed_count, call->program, &found, &own->bump),
        ERROR_WRONG_ADDRESS);
  CHECK(is_same(&found, account->address), ERROR_WRONG_ADDRESS);
  own->seeds[seed_count] = (Slice){&own->bump, 1};
  own->signer = (Signer){own->seeds, seed_count + 1};
  return must_be_writable(account);
}

NOINLINE u64 initialize(const Call *call) {
  TRY(must_have(call, INITIALIZE_ACCOUNTS, INITIALIZE_DATA_BYTES));
  const Account *payer = &call->accounts[INITIALIZE_PAYER], *mint = &call->accounts[INITIALIZE_USDC_MINT];
  Account config = call->accounts[INITIALIZE_CONFIG];
  TRY(must_sign(payer));
  TRY(must_be_writable(payer));
  TRY(must_be_upgrade_authority(call));
  CHECK(is_same(call->accounts[INITIALIZE_SYSTEM_PROGRAM].address, &SYSTEM_PROGRAM), ERROR_WRONG_PROGRAM);
  CHECK(is_usdc_mint(mint), ERROR_WRONG_MINT);
  Own own = {.seeds = {{CONFIG_SEED, sizeof(CONFIG_SEED)}}};
  TRY(must_be_own(call, &config, &own, 1));
  const Creation creation = {call, payer, &config, CONFIG_BYTES, &own.signer};
  TRY(create(&creation));
  write_u64(config.data, ACCOUNT_CONFIG);
  write_address(config.data + CONFIG_ADMIN, address_at(call->data + INITIALIZE_DATA_ADMIN));
  write_address(config.data + CONFIG_MINT, mint->address);
  config.data[CONFIG_BUMP] = own.bump;
  LOG("Initialize");
  u8 event[EVENT_CONFIG_INITIALIZED_BYTES] __attribute__((aligned(8)));
  write_u64(event, EVENT_CONFIG_INITIALIZED);
  write_address(event + EVENT_CONFIG_INITIALIZED_ADMIN, address_at(call->data + INITIALIZE_DATA_ADMIN));
  write_address(event + EVENT_CONFIG_INITIALIZED_MINT, mint->address);
  const Slice field = {event, sizeof(event)};
  sol_log_data(&field, 1);
  return 0;
}

INLINE u64 must_be_config(const Call *call, const Account *config) {
  CHECK(is_same(config->owner, call->program), ERROR_NOT_A_CONFIG);
  CHECK(config->data_bytes == CONFIG_BYTES, ERROR_NOT_A_CONFIG);
  CHECK(read_u64(config->data) == ACCOUNT_CONFIG, ERROR_NOT_A_CONFIG);
  return 0;
}

/* Everything else of a new pot is zero, as the runtime gives it. */
INLINE u64 fill_pot(const Account *pot, const Call *call, u8 bump) {
  Clock clock;
  TRY(sol_get_clock_sysvar(&clock));
  CHECK(clock.slot >> (64 - SEQUENCE_BITS) == 0, ERROR_OVERFLOW);
  const u64 first_sequence = clock.slot << SEQUENCE_BITS;
  write_u64(pot->data, ACCOUNT_CAMPAIGN_POT);
  write_address(POT(pot, AUTHORITY), address_at(call->data + INITIALIZE_POT_DATA_AUTHORITY));
  write_address(POT(pot, FUNDER), address_at(call->data + INITIALIZE_POT_DATA_FUNDER));
  write_address(POT(pot, SPENDER), address_at(call->data + INITIALIZE_POT_DATA_SPENDER));
  write_address(POT(pot, MINT), call->accounts[INITIALIZE_POT_USDC_MINT].address);
  write_address(POT(pot, VAULT), call->accounts[INITIALIZE_POT_VAULT].address);
  write_address(POT(pot, CAMPAIGN_ID), address_at(call->data + INITIALIZE_POT_DATA_CAMPAIGN_ID));
  write_u64(POT(pot, DAILY_CAP), read_u64(call->data + INITIALIZE_POT_DATA_DAILY_CAP));
  write_u64(POT(pot, NEXT_SEQUENCE), first_sequence);
  *POT(pot, BUMP) = bump;
  return begin_history(pot, first_sequence);
}

INLINE void emit_pot_initialized(const Account *pot) {
  u8 event[EVENT_POT_INITIALIZED_BYTES] __attribute__((aligned(8)));
  write_u64(event, EVENT_POT_INITIALIZED);
  write_address(event + EVENT_POT_INITIALIZED_POT, pot->address);
  write_address(event + EVENT_POT_INITIALIZED_CAMPAIGN_ID, POT_ADDRESS(pot, CAMPAIGN_ID));
  write_address(event + EVENT_POT_INITIALIZED_AUTHORITY, POT_ADDRESS(pot, AUTHORITY));
  write_address(event + EVENT_POT_INITIALIZED_FUNDER, POT_ADDRESS(pot, FUNDER));
  write_address(event + EVENT_POT_INITIALIZED_SPENDER, POT_ADDRESS(pot, SPENDER));
  write_address(event + EVENT_POT_INITIALIZED_VAULT, POT_ADDRESS(pot, VAULT));
  write_u64(event + EVENT_POT_INITIALIZED_DAILY_CAP, POT_U64(pot, DAILY_CAP));
  write_u64(event + EVENT_POT_INITIALIZED_FIRST_SEQUENCE, POT_U64(pot, NEXT_SEQUENCE));
  const Slice field = {event, sizeof(event)};
  sol_log_data(&field, 1);
}

NOINLINE u64 initialize_pot(const Call *call) {
  TRY(must_have(call, INITIALIZE_POT_ACCOUNTS, INITIALIZE_POT_DATA_BYTES));
  const Account *admin = &call->accounts[INITIALIZE_POT_ADMIN], *payer = &call->accounts[INITIALIZE_POT_PAYER];
  const Account *config = &call->accounts[INITIALIZE_POT_CONFIG];
  const Account *mint = &call->accounts[INITIALIZE_POT_USDC_MINT];
  Account pot = call->accounts[INITIALIZE_POT_CAMPAIGN_POT];
  TRY(must_sign(admin));
  TRY(must_sign(payer));
  TRY(must_be_writable(payer));
  TRY(must_be_config(call, config));
  CHECK(is_same(admin->address, address_at(config->data + CONFIG_ADMIN)), ERROR_NOT_ADMIN);
  CHECK(is_same(mint->address, address_at(config->data + CONFIG_MINT)), ERROR_WRONG_MINT);
  CHECK(is_same(call->accounts[INITIALIZE_POT_SYSTEM_PROGRAM].address, &SYSTEM_PROGRAM), ERROR_WRONG_PROGRAM);
  Own own = {.seeds = {{POT_SEED, sizeof(POT_SEED)}, {call->data + INITIALIZE_POT_DATA_CAMPAIGN_ID, 32}}};
  TRY(must_be_own(call, &pot, &own, 2));
  const Account *vault = &call->accounts[INITIALIZE_POT_VAULT];
  CHECK(is_vault_like(vault, mint->address, pot.address), ERROR_WRONG_VAULT);
  const Creation creation = {call, payer, &pot, CAMPAIGN_POT_BYTES, &own.signer};
  TRY(create(&creation));
  TRY(fill_pot(&pot, call, own.bump));
  LOG("InitializePot");
  emit_pot_initialized(&pot);
  return 0;
}
