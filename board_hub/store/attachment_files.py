"""The files of attachments: named by the SHA-256 of their content, in a local folder or any store fsspec knows.

A file has its name only when it is whole and on disk: it is written under another one, then moved.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from importlib import import_module
from typing import IO, Any, cast
from uuid import uuid4

from board_hub.domain.errors import Flaw, Invalid, NotFound, Unavailable

CHUNK = 256 * 1024
_INCOMING = "incoming"


@dataclass(frozen=True)
class StoredFile:
    """A file in the store: its SHA-256 in hex, its size in bytes."""

    sha256: str
    size: int


class AttachmentFiles:
    """The store behind a URL of fsspec, such as file:///srv/attachments or s3://bucket/attachments."""

    def __init__(self, url: str) -> None:
        # Imported with the first file: it costs a process five megabytes that most never need.
        self._system, root = import_module("fsspec.core").url_to_fs(url)
        self._root = str(root).rstrip("/")

    @property
    def is_local(self) -> bool:
        protocols = self._system.protocol
        return "file" in ((protocols,) if isinstance(protocols, str) else protocols)

    def receive(self, chunks: Iterable[bytes], *, limit: int) -> StoredFile:
        """Store what comes, hashed while it is written. Raises Invalid `body.too_large`, `body.empty`, Unavailable.

        limit: bytes. What fails on the way leaves nothing under the name of a content.
        """
        temporary = f"{self._root}/{_INCOMING}/{uuid4().hex}"
        try:
            self._system.makedirs(f"{self._root}/{_INCOMING}", exist_ok=True)
            try:
                stored = self._write(temporary, chunks, limit)
                self._name(temporary, stored)
            finally:
                if self._system.exists(temporary):
                    self._system.rm_file(temporary)
        except OSError as error:
            raise Unavailable(f"Attachments cannot be stored: {type(error).__name__}.") from error
        return stored

    def _write(self, path: str, chunks: Iterable[bytes], limit: int) -> StoredFile:
        digest, size = sha256(), 0
        with self._system.open(path, "wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise Invalid([Flaw("body.too_large", "", f"A file may have {limit} bytes at most.")])
                digest.update(chunk)
                file.write(chunk)
            self._sync(file)
        if not size:
            raise Invalid([Flaw("body.empty", "", "The file is empty.")])
        return StoredFile(digest.hexdigest(), size)

    def _sync(self, file: Any) -> None:
        """What is answered for is on disk; an object store answers for itself when the file is closed."""
        if self.is_local:
            file.flush()
            os.fsync(file.fileno())

    def _name(self, temporary: str, stored: StoredFile) -> None:
        path = self._path(stored.sha256)
        folder = path.rpartition("/")[0]
        self._system.makedirs(folder, exist_ok=True)
        if not self.is_local:
            self._system.mv(temporary, path)
            return
        os.replace(temporary, path)
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def open(self, name: str) -> IO[bytes]:
        """The file with this SHA-256, to read. Raises NotFound."""
        try:
            return cast(IO[bytes], self._system.open(self._path(name), "rb"))
        except FileNotFoundError:
            raise NotFound("There is no such file.") from None
        except OSError as error:
            raise Unavailable(f"Attachments cannot be read: {type(error).__name__}.") from error

    def delete(self, name: str) -> None:
        """Remove a file; nothing happens where there is none."""
        if self._system.exists(self._path(name)):
            self._system.rm_file(self._path(name))

    def list_before(self, moment: datetime) -> Iterator[str]:
        """SHA-256 of the files stored before an aware moment."""
        for path in self._paths(moment):
            if f"/{_INCOMING}/" not in path:
                yield path.rpartition("/")[2]

    def delete_unfinished(self, moment: datetime) -> int:
        """Remove what was being written before an aware moment and never became whole; returns how many files."""
        stale = [path for path in self._paths(moment) if f"/{_INCOMING}/" in path]
        for path in stale:
            self._system.rm_file(path)
        return len(stale)

    def _paths(self, moment: datetime) -> Iterator[str]:
        for path, facts in self._system.find(self._root, detail=True).items():
            if _stored_at(facts) < moment:
                yield path

    def _path(self, name: str) -> str:
        return f"{self._root}/{name[:2]}/{name[2:4]}/{name}"


def _stored_at(facts: dict[str, Any]) -> datetime:
    """When a file was last written: a number of seconds from a folder, a moment from an object store."""
    found = facts.get("mtime") or facts.get("LastModified") or facts.get("created")
    if isinstance(found, datetime):
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return datetime.fromtimestamp(float(found or 0), UTC)
