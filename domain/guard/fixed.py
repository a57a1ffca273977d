"""Logarithms and powers of two in fixed point: the price of a budget moves by factors, not by amounts."""

from typing import Final

BITS: Final = 16
ONE: Final = 1 << BITS
PPM: Final = 1_000_000
_ROUNDS: Final = 12  # a factor is found to a quarter of a thousandth
# Two to the power of a half, a quarter, an eighth …, in 2**-30: what exponents in fixed point multiply up.
_ROOTS: Final = (1518500250, 1276901417, 1170923762, 1121280436, 1097253708, 1085434106, 1079572136,
                 1076653033, 1075196443, 1074468888, 1074105294, 1073923544)  # fmt: skip
_ROOT_BITS: Final = 30


def log2(ratio_ppm: int) -> int:
    """Return the binary logarithm of a ratio above zero, in fixed point."""
    scaled = (ratio_ppm << 32) // PPM
    whole = scaled.bit_length() - 33
    shift = _ROOT_BITS - whole - 32
    rest = scaled << shift if shift >= 0 else scaled >> -shift
    power = whole << BITS
    for bit in range(1, _ROUNDS + 1):
        rest = rest * rest >> _ROOT_BITS
        if rest >> (_ROOT_BITS + 1):
            rest >>= 1
            power += ONE >> bit
    return power


def exp2(power: int) -> int:
    """Return two to a power in fixed point, as a ratio in ppm."""
    whole, part = power >> BITS, power & (ONE - 1)
    ratio = PPM << _ROOT_BITS
    for bit, root in enumerate(_ROOTS, 1):
        if part & (ONE >> bit):
            ratio = ratio * root >> _ROOT_BITS
    return (ratio << whole if whole >= 0 else ratio >> -whole) >> _ROOT_BITS


def towards(from_ppm: int, to_ppm: int, permille: int) -> int:
    """Return the ratio that lies so much of the way from one to another, as factors count."""
    start = log2(from_ppm)
    return exp2(start + (log2(to_ppm) - start) * permille // 1000)
