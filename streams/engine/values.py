"""Values as they lie in changelogs: the source offset they follow from, then the row."""

VERSION_BYTES = 8
VERSION_HEADER = "hg_version"  # a deletion has no value to carry its version


def prefix(version: int) -> bytes:
    """Return a version so that versions compare as their bytes do."""
    return version.to_bytes(VERSION_BYTES, "big")


def version_of(value: bytes) -> int:
    """Return the source offset that a value follows from."""
    return int.from_bytes(value[:VERSION_BYTES], "big")


def deletion_version(headers: list[tuple[str, bytes]] | None) -> bytes | None:
    """Return the version of a deletion, or ``None`` if it has none."""
    return dict(headers).get(VERSION_HEADER) if headers else None
