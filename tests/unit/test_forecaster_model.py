import msgspec
import numpy as np
import pytest

from forecaster.features import grid
from forecaster.levels import LOG_QUANTILES
from forecaster.model import HELD_OUT_DAYS, Model, Parameters, predict, train, witnessed_days
from tests.forecaster_kit import daily

# One thread: the tests' processes share the cores.
SMALL = Parameters(LOG_QUANTILES, 24, rounds=20, leaves=7, learning_rate=0.1, threads=1)
HOURS = 21 * 24


@pytest.fixture(scope="module")
def trained() -> Model:
    """Give a small model of forty series."""
    return train(daily(40, HOURS), SMALL).model


def test_the_same_data_give_the_same_model_byte_for_byte(trained: Model) -> None:
    """A forecast can be made again by whoever has the log."""
    again = train(daily(40, HOURS), SMALL).model
    assert again == trained
    assert again.name == trained.name
    assert train(daily(40, HOURS, seed=2), SMALL).model.name != trained.name


def test_bands_cover_what_they_say_of_series_that_come_later(trained: Model) -> None:
    """Held against days that nobody has learned from; the tolerance is that of so few series."""
    later = daily(200, HOURS + 24, seed=3)
    said, came = predict(trained, later[:, :HOURS]), later[:, HOURS:]
    for low, high, level in ((1, 3, 0.8), (0, 4, 0.95)):
        covered = ((came >= said[..., low]) & (came <= said[..., high])).mean()
        assert covered == pytest.approx(level, abs=0.03)


def test_quantiles_never_cross_and_spend_is_never_negative(trained: Model) -> None:
    """Whatever series come: of zeros, of one value, of noise, with holes, hardly any at all."""
    chance = np.random.default_rng(4)
    odd = np.stack(
        [
            np.zeros(HOURS),
            np.full(HOURS, 1e-6),
            np.full(HOURS, 1e15),
            chance.pareto(1, HOURS),
            np.where(chance.random(HOURS) < 0.9, 0, 1e6),
            np.where(chance.random(HOURS) < 0.5, np.nan, 5.0),
            np.where(np.arange(HOURS) < HOURS - 5, np.nan, 3.0),
            np.full(HOURS, np.nan),
        ]
    )
    said = predict(trained, odd)
    assert np.isfinite(said).all()
    assert (np.diff(said, axis=-1) >= 0).all()
    assert (said >= 0).all()
    np.testing.assert_allclose(said[1], 1e-6, rtol=0.01)
    np.testing.assert_allclose(said[2], 1e15, rtol=0.01)


def test_bands_are_widened_by_what_the_days_held_out_have_shown() -> None:
    """Where the last week is far wilder than what was taught, the model alone would be too sure."""
    wild = daily(40, HOURS + 24)
    wild[:, -24 * 8 :] = daily(40, HOURS + 24, noise=1.5)[:, -24 * 8 :]
    known, came = wild[:, :HOURS], wild[:, HOURS:]
    model = train(known, SMALL).model
    alone = msgspec.structs.replace(model, moved=tuple((0.0,) * 2 for _ in LOG_QUANTILES))
    inside = [
        ((came >= said[..., 1]) & (came <= said[..., 3])).mean()
        for said in (predict(model, known), predict(alone, known))
    ]
    assert inside[0] > inside[1] + 0.05


def test_quantiles_are_in_order_even_where_they_were_moved_past_each_other() -> None:
    """Each is moved by itself."""
    crossing = Model(SMALL, (), tuple((shift,) * 2 for shift in (3.0, 2.0, 0.0, -2.0, -3.0)))
    assert (np.diff(predict(crossing, daily(2, HOURS)), axis=-1) > 0).all()


def test_series_that_are_negative_may_be_forecast_so(trained: Model) -> None:
    """Only what was never below zero is kept from it."""
    below = daily(3, HOURS) - 1e7
    assert (predict(trained, below) < 0).all()


def test_a_series_in_another_unit_is_forecast_in_that_unit(trained: Model) -> None:
    """Cents or dollars: the shape is the same."""
    values = daily(5, HOURS)
    np.testing.assert_allclose(predict(trained, values * 1024), predict(trained, values) * 1024, rtol=1e-4)


def test_what_is_told_of_an_origin_does_not_know_what_came_after_it() -> None:
    """A model that has seen the answer is no model."""
    values = daily(5, HOURS)
    changed = values.copy()
    changed[:, -24 * 3 :] *= 7
    # Two days ahead: of what was said yesterday only the first one has come.
    before, after = (grid(one, origins=24, horizon=48) for one in (values, changed))
    for known in ("base", "scale", "told"):
        old, new = getattr(before, known), getattr(after, known)
        np.testing.assert_array_equal(old[:, 3:], new[:, 3:])
        assert not np.array_equal(old[:, 2], new[:, 2])


def test_the_witness_has_not_seen_the_days_that_it_is_held_against() -> None:
    """It stays the same whatever came in them."""
    values = daily(10, HOURS)
    changed = values.copy()
    changed[:, -24 * HELD_OUT_DAYS :] *= 3
    first, second = train(values, SMALL).witness, train(changed, SMALL).witness
    # The parts of series that are taught are scaled by weeks that reach into the held out days.
    assert len(first.boosters) == len(second.boosters) == len(LOG_QUANTILES)
    assert first.moved != second.moved
    assert list(witnessed_days(48)) == [2, 4, 6, 8]
    assert list(witnessed_days(168)) == [7]


@pytest.mark.parametrize("horizon", [1, 3, 13, 30])
def test_guesses_are_judged_however_few_steps_are_asked_for(horizon: int) -> None:
    """A horizon of three hours has a record as one of two days has."""
    assert grid(daily(2, HOURS), origins=2, horizon=horizon).judged.all()


def test_too_little_to_learn_from_gives_the_plain_guess_with_the_errors_it_had() -> None:
    """Two days of one series are no reason to fail."""
    values = daily(1, 48, noise=0.01)
    few = train(values, SMALL).model
    assert few.boosters == ()
    said = predict(few, values)
    np.testing.assert_allclose(said[0, :, 2], values[0, 24:], rtol=0.2)
