"""Integer arithmetic on amounts: parts that add up to the whole, and thousandths that never round up."""

from collections.abc import Sequence


def spread(total_micros: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Divide an amount in proportion to weights; the parts add up to it to the micro."""
    whole = sum(weights)
    parts: list[int] = []
    weight_so_far = given_micros = 0
    for weight in weights:
        weight_so_far += weight
        due_micros = total_micros * weight_so_far // whole
        parts.append(due_micros - given_micros)
        given_micros = due_micros
    return tuple(parts)


def permille_of(amount_micros: int, permille: int) -> int:
    """Return so many thousandths of an amount, rounded down."""
    return amount_micros * permille // 1000
