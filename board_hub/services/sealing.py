"""Sealing: secrets that the database keeps are encrypted with a key that lies elsewhere."""

import os
from functools import cached_property
from hashlib import sha256
from hmac import digest
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from board_hub.domain.errors import Unavailable


class Sealer:
    """Seals and opens with the key in a file (Fernet: AES-128-CBC with HMAC-SHA-256). The file is read at first use."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def seal(self, secret: bytes) -> bytes:
        return self._fernet.encrypt(secret)

    def unseal(self, sealed: bytes) -> bytes:
        """Raises Unavailable if it was sealed with another key."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise Unavailable(f"A secret was not sealed with the key {self._path}; put the right key back.") from None

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose, the same in every process that holds the key."""
        return digest(self._key, b"board-hub " + purpose.encode(), sha256)

    @cached_property
    def _fernet(self) -> Fernet:
        return Fernet(self._key)

    @cached_property
    def _key(self) -> bytes:
        try:
            return self._path.read_bytes().strip()
        except FileNotFoundError:
            raise Unavailable(f"The sealing key {self._path} is missing; run `board-hub migrate`.") from None


def write_sealing_key(path: Path) -> None:
    """Make a key where there is none; only its owner can read it."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(Fernet.generate_key())
