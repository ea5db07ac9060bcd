"""The form of an evidence bundle: names of its files, and a ZIP archive of which each byte follows from them.

Entries are stored, sorted and all dated alike, so that whoever has the files can make the archive anew and compare: not
even a byte between the files can be changed unseen.
"""

from collections.abc import Mapping
from io import BytesIO
from uuid import UUID
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

FORMAT = "eu.aiboard.evidence-bundle.v1"
MANIFEST = "manifest.json"
MANIFEST_SIGNATURE = "manifest.json.jws"
LOG = "log.json"
KEYS = "keys.json"
README = "README.txt"
SUMMARY = "summary.html"
_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_MODE = 0o100644 << 16


class NotABundle(ValueError):
    """The file is no archive in this form; the message says why."""


def body_name(id_: UUID | str) -> str:
    return f"messages/{id_}.json"


def signature_name(id_: UUID | str) -> str:
    return f"messages/{id_}.json.jws"


def hub_signature_name(id_: UUID | str) -> str:
    return f"messages/{id_}.json.hub.jws"


def proof_name(id_: UUID | str) -> str:
    return f"proofs/{id_}.json"


def pack(files: Mapping[str, bytes]) -> bytes:
    """The archive of these files: the same files, the same bytes."""
    written = BytesIO()
    with ZipFile(written, "w", ZIP_STORED) as archive:
        for name, content in sorted(files.items()):
            entry = ZipInfo(name, _DATE)
            entry.create_system, entry.external_attr = _UNIX, _MODE
            archive.writestr(entry, content)
    return written.getvalue()


def unpack(content: bytes) -> dict[str, bytes]:
    """The files of an archive as `pack` makes it. Raises NotABundle for everything else."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
            if any(one.compress_type != ZIP_STORED or one.flag_bits & 1 for one in entries):
                raise NotABundle("its files are compressed or encrypted; the hub stores them as they are")
            files = {one.filename: archive.read(one) for one in entries}
    except (BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        raise NotABundle(str(error)) from error
    if len(files) != len(entries) or pack(files) != content:
        raise NotABundle("bytes outside of its files were changed")
    return files
