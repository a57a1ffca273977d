"""How an old version of a fact becomes the next one: one pure function a step."""

import msgspec

from events.types.commands import (
    PauseCampaign,
    PauseCampaignV1,
    ResumeCampaign,
    ResumeCampaignV1,
    SetBudget,
    SetBudgetV1,
)
from events.types.guard import EditObserved, EditObservedV1
from events.types.pacing import CampaignPlan, PlanPart, PlanSet, PlanSetV1
from events.types.policy import PolicySet, PolicySetV1, PolicySetV2
from events.types.spend import SpendRecorded, SpendRecordedV1


def edit_observed_1_to_2(old: EditObservedV1) -> EditObserved:
    """Say that a status was edited: budgets were not ours to set then."""
    return EditObserved(
        campaign=old.campaign,
        what="status",
        ours=old.ours,
        theirs=old.theirs,
        ours_micros=None,
        theirs_micros=None,
        as_of_ms=old.as_of_ms,
        keeps_off_until_ms=old.keeps_off_until_ms,
    )


def pause_campaign_1_to_2(old: PauseCampaignV1) -> PauseCampaign:
    """Every pause was for too much spend, and none was ordered."""
    return PauseCampaign(**msgspec.structs.asdict(old))


def plan_set_1_to_2(old: PlanSetV1) -> PlanSet:
    """Every plan was even, whatever had been spent before."""
    return PlanSet(
        day=old.day,
        day_start_ms=old.day_start_ms,
        day_end_ms=old.day_end_ms,
        from_ms=old.from_ms,
        plans=tuple(
            CampaignPlan(
                campaign=one.campaign,
                budget_micros=one.budget_micros,
                strategy=one.strategy,
                hours_micros=one.hours_micros,
                confidence_permille=one.confidence_permille,
                made_of=(PlanPart("even", 1000),),
            )
            for one in old.plans
        ),
    )


def policy_set_1_to_2(old: PolicySetV1) -> PolicySetV2:
    """Pause at the guard's default: who set a policy before it came has chosen no other."""
    return PolicySetV2(**msgspec.structs.asdict(old))


def policy_set_2_to_3(old: PolicySetV2) -> PolicySet:
    """Plan, steer, break and alert by the defaults: who set a policy before has chosen no others."""
    return PolicySet(**msgspec.structs.asdict(old))


def resume_campaign_1_to_2(old: ResumeCampaignV1) -> ResumeCampaign:
    """Every resume was for a new day."""
    return ResumeCampaign(**msgspec.structs.asdict(old))


def set_budget_1_to_2(old: SetBudgetV1) -> SetBudget:
    """Nothing set budgets but a person's terms, and what was asked for was what was meant."""
    return SetBudget(**msgspec.structs.asdict(old), reason="terms", target_micros=old.to_micros)


def spend_recorded_1_to_2(old: SpendRecordedV1) -> SpendRecorded:
    """Name the currency: every account was in US dollars when version 1 was written."""
    return SpendRecorded(
        transaction_id=old.transaction_id,
        campaign=old.campaign,
        day=old.day,
        amount_micros=old.amount_micros,
        currency="USD",
    )
