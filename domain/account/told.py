"""Takes what others tell about campaigns' days: people their terms, models their forecasts."""

from domain.account import planning
from domain.decision import NOTHING, Decision, Read, Refused
from domain.draft import Draft
from domain.forecast.rows import ForecastRow
from domain.pacing import days, nights, periods, plan
from domain.pacing.rows import AccountRow, CampaignRow, PlanRow, TermsRow, campaign_key, plan_key, terms_key
from events.envelope import Envelope
from events.types import CampaignForecast, ForecastMade, TermsSet


def set_terms(read: Read, envelope: Envelope, terms: TermsSet) -> Decision:
    """Hold a campaign to newer terms from now on; older ones change nothing."""
    draft, subject = Draft(read), envelope.subject
    account = known(read, subject, terms.currency)
    periods.check(terms)
    key = campaign_key(subject, terms.campaign)
    before: TermsRow | None = read(terms_key(key))
    if before is not None and terms.terms_version <= before.terms.terms_version:
        return NOTHING
    draft.changes[terms_key(key)] = TermsRow(terms)
    planned = planning.plan_day(draft, subject, terms.campaign)
    if planned is not None:
        draft.facts += plan.told([planned])
    return draft.decided(account.policy_version)


def take_forecast(read: Read, envelope: Envelope, made: ForecastMade) -> Decision:
    """Keep what a model expects, and have those planned again whose plan knows nothing of it."""
    draft, subject = Draft(read), envelope.subject
    known(read, subject, made.currency)
    number = days.number(made.day)
    for forecast in made.campaigns:
        key = campaign_key(subject, forecast.campaign)
        place = planning.forecast_place(key, number)
        before: ForecastRow | None = draft.get(place)
        if before is not None and (before.day, before.made_ms) >= (made.day, made.made_ms):
            continue
        draft.changes[place] = row_of(made, forecast)
        row: CampaignRow | None = draft.get(key)
        drawn: PlanRow | None = draft.get(plan_key(key))
        if row is not None and row.day == made.day and (drawn is None or not drawn.has_forecast):
            nights.wait(draft, subject, forecast.campaign)
    return draft.decided()


def row_of(made: ForecastMade, forecast: CampaignForecast) -> ForecastRow:
    """Return a forecast as it is kept."""
    return ForecastRow(
        made.day,
        made.made_ms,
        made.model,
        forecast.q025_micros,
        forecast.q100_micros,
        forecast.q500_micros,
        forecast.q900_micros,
        forecast.q975_micros,
    )


def known(read: Read, subject: str, currency: str) -> AccountRow:
    """Return an account that was seen before, and that is kept in this currency."""
    account: AccountRow | None = read(subject.encode())
    if account is None:
        raise Refused("unknown-account", f"{subject} has not been seen yet, so its currency is unknown")
    if account.currency != currency:
        raise Refused("currency-changed", f"{subject} is kept in {account.currency}, not {currency}")
    return account
