"""Signs as Standard Webhooks specifies: HMAC-SHA256 over id, moment and body, once with each secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION = "v1"


def headers(message_id: str, at_seconds: int, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """Return the headers of one attempt; while a secret is exchanged, one signature with each."""
    signed = f"{message_id}.{at_seconds}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at_seconds),
        "webhook-signature": " ".join(f"{VERSION},{_signature(key, signed)}" for key in keys),
    }


def _signature(key: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
