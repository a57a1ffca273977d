"""Whoever holds a key: a file that only we may read, or a program that signs; neither is ever shown."""

from __future__ import annotations

import asyncio
import base64
import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.signature import Signature

from chain.errors import BadSignature, NotConfigured

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KEY_BYTES: Final = 64
# Sixty-four numbers of up to three digits, with room for spaces.
FILE_BYTES_MAX: Final = 1_024
ANSWER_BYTES_MAX: Final = 4_096
REAP_SECONDS: Final = 1.0  # money-ok: seconds
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
OWN_ONLY: Final = 0o600


class FileSigner:
    """Signs with a key from a file, as `solana-keygen` writes them."""

    def __init__(self, pair: Keypair) -> None:
        self._pair = pair
        self.address: Pubkey = pair.pubkey()

    async def sign(self, message: bytes) -> Signature:
        """Sign the bytes of a transaction's message."""
        return self._pair.sign_message(message)

    def __repr__(self) -> str:
        return f"FileSigner({self.address})"


class CommandSigner:
    """Has a program sign: it is given the message in base64, and prints the signature in base58."""

    def __init__(self, command: Sequence[str], address: Pubkey, *, timeout_ms: int) -> None:
        self._command = tuple(command)
        self._timeout_ms = timeout_ms
        self.address: Pubkey = address

    async def sign(self, message: bytes) -> Signature:
        """Sign the bytes of a transaction's message; what does not fit them is refused."""
        told = await _run((*self._command, "sign"), base64.b64encode(message), self._timeout_ms)
        try:
            signature = Signature.from_string(told)
        except ValueError as error:
            raise BadSignature(f"the signer program {self._command[0]} printed no signature") from error
        if not signature.verify(self.address, message):
            raise BadSignature(
                f"the signer program {self._command[0]} signed with another key, or another thing"
            )
        return signature

    def __repr__(self) -> str:
        return f"CommandSigner({self.address})"


def read_key_file(path: Path) -> FileSigner:
    """Return the signer of a key file; what is wrong with it is said without what is in it."""
    content = _content(path)
    try:
        numbers = msgspec.json.decode(content, type=list[int])
        pair = Keypair.from_bytes(bytes(numbers))
        fits = Keypair.from_seed(bytes(numbers[: KEY_BYTES // 2])).pubkey() == pair.pubkey()
    except (ValueError, msgspec.DecodeError):
        # Not with its cause, which may quote the file.
        raise NotConfigured(f"the key file {path} holds no key: it must be 64 numbers, as JSON") from None
    if not fits:
        raise NotConfigured(f"the key file {path} holds a secret and a public half of different keys")
    return FileSigner(pair)


async def start_command_signer(command: Sequence[str], *, timeout_ms: int) -> CommandSigner:
    """Ask a signer program which key it holds, and return it as a signer."""
    told = await _run((*command, "address"), b"", timeout_ms)
    try:
        address = Pubkey.from_string(told)
    except ValueError as error:
        raise NotConfigured(f"the signer program {command[0]} printed no address") from error
    return CommandSigner(command, address, timeout_ms=timeout_ms)


def write_new_key(path: Path) -> Pubkey:
    """Make a key and write it into a new file that only we may read; an old file is never replaced."""
    pair = Keypair()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWN_ONLY)
    except FileExistsError as error:
        raise NotConfigured(f"the file {path} is there already, and a key is never replaced") from error
    except OSError as error:
        raise NotConfigured(f"the key file {path} cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, OWN_ONLY)  # whatever the umask says
        file.write(msgspec.json.encode(list(bytes(pair))))
        file.flush()
        os.fsync(descriptor)
    return pair.pubkey()


def _content(path: Path) -> bytes:
    try:
        # Without waiting, should it be a pipe.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise NotConfigured(f"the key file {path} cannot be read: {error.strerror}") from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise NotConfigured(f"{path} is no ordinary file, so it is no key file")
        if found.st_mode & OTHERS:
            mode = stat.S_IMODE(found.st_mode)
            raise NotConfigured(f"the key file {path} is open to others (mode {mode:04o}): chmod 600 {path}")
        if found.st_size > FILE_BYTES_MAX:
            raise NotConfigured(f"the key file {path} is too long to be one")
        return os.read(descriptor, FILE_BYTES_MAX)
    finally:
        os.close(descriptor)


async def _run(command: Sequence[str], given: bytes, timeout_ms: int) -> str:
    """Run a signer program and return what it printed; what it complains of may be secret and is dropped."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=ANSWER_BYTES_MAX,
        )
    except OSError as error:
        raise NotConfigured(f"the signer program {command[0]} cannot be run: {error.strerror}") from error
    try:
        async with asyncio.timeout(timeout_ms / 1000):  # money-ok: seconds
            told = await _talk(process, given)
            code = await process.wait()
    except TimeoutError as error:
        raise BadSignature(f"the signer program {command[0]} took longer than {timeout_ms} ms") from error
    finally:
        if process.returncode is None:
            process.kill()
            await _reap(process)
    if code != 0:
        raise BadSignature(f"the signer program {command[0]} ended with {code}")
    return told


async def _talk(process: asyncio.subprocess.Process, given: bytes) -> str:
    if process.stdin is None or process.stdout is None:
        raise AssertionError("a process that was started with pipes has them")
    try:
        process.stdin.write(given)
        await process.stdin.drain()
    except ConnectionError:
        # It ended without having read; its exit code says more.
        given = b""
    process.stdin.close()
    told = b""
    while part := await process.stdout.read(ANSWER_BYTES_MAX):
        told = (told + part)[:ANSWER_BYTES_MAX]
    return told.decode("ascii", "replace").strip()


async def _reap(process: asyncio.subprocess.Process) -> None:
    """Wait until a killed program is gone; its end is only told once all that it printed was read."""
    with suppress(TimeoutError):
        # Whoever it has started may hold its output open; that is not waited for.
        async with asyncio.timeout(REAP_SECONDS):
            while process.stdout is not None and await process.stdout.read(ANSWER_BYTES_MAX):
                pass
            await process.wait()
