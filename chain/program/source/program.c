/* Campaign pots: money for advertising, moved at most once, never above a day's cap. See docs/program.md. */
#include "control.h"
#include "money.h"
#include "setup.h"

u64 entrypoint(const u8 *input) {
  Call call;
  TRY(parse(input, &call));
  switch (call.instruction) {
  case INSTRUCTION_INITIALIZE: return initialize(&call);
  case INSTRUCTION_INITIALIZE_POT: return initialize_pot(&call);
  case INSTRUCTION_FUND_CAMPAIGN_POT: return fund_campaign_pot(&call);
  case INSTRUCTION_FUND_CAMPAIGN_POTS: return fund_campaign_pots(&call);
  case INSTRUCTION_SETTLE: return settle(&call);
  case INSTRUCTION_WITHDRAW: return withdraw(&call);
  case INSTRUCTION_PAUSE_POT: return pause_pot(&call);
  case INSTRUCTION_RESUME_POT: return resume_pot(&call);
  case INSTRUCTION_SET_DAILY_CAP: return set_daily_cap(&call);
  case INSTRUCTION_SET_KEYS: return set_keys(&call);
  case INSTRUCTION_SET_AUTHORITY: return set_authority(&call);
  case INSTRUCTION_ACCEPT_AUTHORITY: return accept_authority(&call);
  case INSTRUCTION_CLOSE_POT: return close_pot(&call);
  default: return ERROR_INSTRUCTION_UNKNOWN;
  }
}
