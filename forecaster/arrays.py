"""Names of the array types that models work on."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Of either width: series come in doubles, features are made of singles.
Floats = NDArray[np.floating[Any]]
Whole = NDArray[np.integer[Any]]
Truths = NDArray[np.bool_]
