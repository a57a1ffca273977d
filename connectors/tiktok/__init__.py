"""TikTok's Business API v1.3.

The same files as in every platform's folder: ``client`` speaks to it, ``errors`` says what its codes mean,
``reads`` and ``writes`` are its calls, ``translate`` turns its words into ours, ``platform`` is all of it
behind the port.
"""

from connectors.tiktok.platform import TikTok, open_platform

__all__ = ["TikTok", "open_platform"]
