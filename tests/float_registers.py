"""Frees the processor's old floating-point registers, which the Solana VM leaves taken.

After some of its runs every `long double` that C computes in the same process is no number; RocksDB aborts by
that, and SciPy cannot be imported. No role has the VM and one of these together; a test run has.
"""

import ctypes
import mmap
import platform
from collections.abc import Callable
from typing import Final

EMMS_RET: Final = b"\x0f\x77\xc3"  # frees the registers, and returns


def freer() -> Callable[[], object]:
    """Return what frees them; nothing where the processor has none."""
    if platform.machine() not in {"x86_64", "AMD64"}:
        return lambda: None
    page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(EMMS_RET)
    start = ctypes.addressof(ctypes.c_char.from_buffer(page))
    code = ctypes.CFUNCTYPE(None)(start)

    def free() -> None:
        code()
        assert len(page) == mmap.PAGESIZE  # and is kept for as long as this is

    return free
