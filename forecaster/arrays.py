"""Names of the array types that models work on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    # Of either width: series come in doubles, features are made of singles.
    Floats = NDArray[np.floating[Any]]
    Whole = NDArray[np.integer[Any]]
    Truths = NDArray[np.bool_]
