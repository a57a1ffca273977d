/* What the Solana runtime gives a program, and takes from it: accounts, syscalls, errors. */
#pragma once

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;
typedef long i64;
typedef _Bool bool;
typedef unsigned __int128 u128;

#define INLINE static inline __attribute__((always_inline))
#define NOINLINE static __attribute__((noinline))

typedef struct { u64 word[4]; } Address;

/* As the runtime's C interface has it: its order and its types are not ours to choose. */
typedef struct {
  Address *address;
  u64 *lamports;
  u64 data_bytes;
  u8 *data;
  Address *owner;
  u64 rent_epoch;
  bool is_signer;
  bool is_writable;
  bool is_executable;
} Account;

typedef struct { const Address *address; bool is_writable; bool is_signer; } Meta;
typedef struct {
  const Address *program;
  const Meta *accounts;
  u64 account_count;
  const u8 *data;
  u64 data_bytes;
} Instruction;
typedef struct { const u8 *data; u64 bytes; } Slice;
typedef struct { const Slice *seeds; u64 seed_count; } Signer;

typedef struct {
  u64 slot;
  i64 epoch_start;
  u64 epoch;
  u64 leader_schedule_epoch;
  i64 unix_seconds;
} Clock;
typedef struct { u64 lamports_per_byte; u64 threshold_bits; u8 burn_percent; } Rent;

extern u64 sol_log_(const char *text, u64 bytes);
extern u64 sol_log_data(const Slice *fields, u64 count);
extern u64 sol_sha256(const Slice *parts, u64 count, u8 *result);
extern u64 sol_memset_(u8 *to, u8 value, u64 bytes);
extern u64 sol_get_clock_sysvar(Clock *result);
extern u64 sol_get_rent_sysvar(Rent *result);
extern u64 sol_try_find_program_address(const Slice *, u64 count, const Address *, Address *, u8 *bump);
extern u64 sol_invoke_signed_c(const Instruction *, const Account *, u64 count, const Signer *, u64 signers);

/* Anchor's own errors, which its clients know by name. */
#define ERROR_INSTRUCTION_MISSING 100
#define ERROR_INSTRUCTION_UNKNOWN 101
#define ERROR_NOT_WRITABLE 2000
#define ERROR_NOT_SIGNER 3010

#define CHECK(condition, error) do { if (!(condition)) return (error); } while (0)
#define TRY(call) do { const u64 tried = (call); if (tried) return tried; } while (0)
#define LOG(text) sol_log_("Instruction: " text, sizeof("Instruction: " text) - 1)

/* Whatever lies at a multiple of eight is read and written whole: the runtime aligns accounts and data so. */
INLINE u64 read_u64(const u8 *at) { return *(const u64 *)at; }
INLINE void write_u64(u8 *at, u64 value) { *(u64 *)at = value; }
INLINE const Address *address_at(const u8 *at) { return (const Address *)at; }
INLINE void write_address(u8 *at, const Address *value) { *(Address *)at = *value; }

/* For what lies anywhere. */
INLINE u64 read_u64_anywhere(const u8 *at) { u64 value; __builtin_memcpy(&value, at, 8); return value; }
INLINE void write_u64_anywhere(u8 *at, u64 value) { __builtin_memcpy(at, &value, 8); }
INLINE u32 read_u32_anywhere(const u8 *at) { u32 value; __builtin_memcpy(&value, at, 4); return value; }

INLINE bool is_same(const Address *one, const Address *other) {
  return one->word[0] == other->word[0] && one->word[1] == other->word[1]
      && one->word[2] == other->word[2] && one->word[3] == other->word[3];
}
INLINE bool is_none(const Address *address) {
  return !(address->word[0] | address->word[1] | address->word[2] | address->word[3]);
}
INLINE u64 must_sign(const Account *account) { return account->is_signer ? 0 : ERROR_NOT_SIGNER; }
INLINE u64 must_be_writable(const Account *account) { return account->is_writable ? 0 : ERROR_NOT_WRITABLE; }
