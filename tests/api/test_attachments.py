"""Attachments: stored by their content, taken within limits, fetched by those who may read them."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from board_hub.domain.envelope import encode
from board_hub.domain.errors import NotFound
from board_hub.domain.events import HUB
from board_hub.http.current import serving_of
from board_hub.law.examples import example_notice
from board_hub.services.cases.attachments import check_attachments, purge_orphans, safe_name
from board_hub.store.attachment_files import AttachmentFiles, StoredFile
from tests.api.calls import Stage, System, stage
from tests.support.hub import AIO, DE, EE, FR, Party, catalogue_of, envelope, join

CONTENT = b"%PDF-1.7 a report"
NAME = sha256(CONTENT).hexdigest()


def file_words(**changes: Any) -> dict[str, Any]:
    return {"name": "Test report.pdf", "sha256": NAME, "size": len(CONTENT), "media_type": "application/pdf"} | changes


def with_file(here: Stage, notice_marking: str | None = None, **changes: Any) -> bytes:
    data = example_notice(catalogue_of(here.hub), "art79-5") | {"attachments": [file_words(**changes)]}
    return encode(replace(envelope(FR, data=data, id_="with-file"), marking=notice_marking))


def files_of(here: Stage) -> AttachmentFiles:
    return AttachmentFiles(serving_of(here.app).settings.attachments)


def paths_of(here: Stage) -> list[Path]:
    url = serving_of(here.app).settings.attachments
    return [path for path in Path(url.removeprefix("file://")).rglob("*") if path.is_file()]


def test_a_file_is_stored_by_its_content(here: Stage, france: System) -> None:
    answer = france.upload(CONTENT)
    assert (answer.status_code, answer.json["sha256"], answer.json["size"]) == (201, NAME, len(CONTENT))
    assert [path.parts[-3:] for path in paths_of(here)] == [(NAME[:2], NAME[2:4], NAME)]
    assert france.upload(CONTENT).json == answer.json
    assert [one["sha256"] for one in france.get("/api/v1/attachments").json["attachments"]] == [NAME]


def test_its_owner_fetches_it_as_a_download(france: System) -> None:
    france.upload(CONTENT)
    answer = france.get(f"/api/v1/attachments/{NAME}")
    assert answer.data == CONTENT
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["ETag"] == f'"{NAME}"'
    assert france.get(f"/api/v1/attachments/{NAME}", **{"If-None-Match": f'"{NAME}"'}).status_code == 304


def test_recipients_of_a_notice_that_names_it_fetch_it_by_its_name_and_nobody_before(
    here: Stage, france: System, germany: System
) -> None:
    france.upload(CONTENT)
    assert germany.get(f"/api/v1/attachments/{NAME}").status_code == 404
    assert france.send(with_file(here)).status_code == 202
    answer = germany.get(f"/api/v1/attachments/{NAME}")
    assert answer.data == CONTENT
    assert "Test report.pdf" in answer.headers["Content-Disposition"]
    [shown] = germany.get(f"/api/v1/notices/{FR}/with-file").json["attachments"]
    assert (shown["available"], shown["sha256"]) == (True, NAME)


def test_a_stricter_marking_of_its_own_keeps_it_among_the_named(
    here: Stage, france: System, germany: System, parties: dict[str, Party]
) -> None:
    france.upload(CONTENT)
    assert france.send(with_file(here, "public", marking="restricted")).status_code == 202
    partner = here.sign_in(join_partner(here))
    assert germany.get(f"/api/v1/attachments/{NAME}").status_code == 200
    assert partner.get(f"/api/v1/notices/{FR}/with-file").json["attachments"][0]["available"] is False
    assert partner.get(f"/api/v1/attachments/{NAME}").status_code == 404


def join_partner(here: Stage) -> Party:
    return join(here.hub, "IT-LAB", kinds=["PARTNER"])


@pytest.mark.parametrize("media_type", ["text/html", "application/javascript", "image/svg+xml", "", "x"])
def test_other_media_types_are_refused(on_sqlite: Stage, media_type: str) -> None:
    assert signed_in(on_sqlite).upload(CONTENT, media_type).status_code == 415
    assert paths_of(on_sqlite) == []


def signed_in(here: Stage) -> System:
    return here.sign_in(join(here.hub, FR))


def test_a_file_too_large_is_refused_and_leaves_nothing(on_sqlite: Stage, tmp_path: Path) -> None:
    small = stage(on_sqlite.hub, tmp_path, attachment_bytes=100)
    france = signed_in(small)
    answer = france.upload(b"x" * 101)
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (413, "body.too_large")
    assert france.upload(b"x" * 100).status_code == 201
    assert len(paths_of(small)) == 1


def test_a_file_may_be_larger_than_a_message(on_sqlite: Stage) -> None:
    content = bytes(5 * 1024 * 1024)
    france = signed_in(on_sqlite)
    assert france.upload(content).json["size"] == len(content)
    assert france.get(f"/api/v1/attachments/{sha256(content).hexdigest()}").data == content


def test_an_upload_of_unknown_length_stops_at_the_limit(on_sqlite: Stage) -> None:
    def endless() -> Any:
        while True:
            yield b"x" * 10

    with pytest.raises(Exception, match="100 bytes"):
        files_of(on_sqlite).receive(endless(), limit=100)
    assert paths_of(on_sqlite) == []


def test_a_store_that_is_no_folder_keeps_files_alike() -> None:
    files = AttachmentFiles("memory://attachments")
    assert files.receive([CONTENT], limit=100) == StoredFile(NAME, len(CONTENT))
    with files.open(NAME) as file:
        assert file.read() == CONTENT
    later = datetime.now(UTC) + timedelta(hours=1)
    assert (list(files.list_before(later)), files.delete_unfinished(later)) == ([NAME], 0)
    files.delete(NAME)
    with pytest.raises(NotFound):
        files.open(NAME)


def test_an_empty_file_is_refused(on_sqlite: Stage) -> None:
    assert signed_in(on_sqlite).upload(b"").status_code == 422


def test_an_upload_cut_off_leaves_only_what_the_purge_removes(here: Stage, france: System) -> None:
    france.upload(CONTENT)
    files_of(here).receive(io.BytesIO(b"never on record"), limit=100)
    here.clock.shift += timedelta(days=2)
    with here.hub.work(HUB) as uow:
        assert purge_orphans(uow, files_of(here), uow.now - timedelta(days=1)) == 1
    assert [path.name for path in paths_of(here)] == [NAME]


def test_a_notice_names_only_what_its_sender_uploaded_or_can_read(
    here: Stage, france: System, parties: dict[str, Party]
) -> None:
    france.upload(CONTENT)
    with here.hub.work(HUB) as uow:
        assert check_attachments(uow, FR, [file_words()]) == []
        [flaw] = check_attachments(uow, DE, [{"name": "a", "pointer": "there"}, file_words()])
        [other] = check_attachments(uow, FR, [file_words(size=1)])
    assert (flaw.code, flaw.path) == ("attachment.unknown", "/data/attachments/1/sha256")
    assert other.code == "attachment.unknown"
    assert france.send(with_file(here)).status_code == 202
    with here.hub.work(HUB) as uow:
        assert [check_attachments(uow, code, [file_words()]) for code in (DE, EE, AIO)] == [[], [], []]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\a\\b.pdf", "C_a_b.pdf"),
        ("a\r\nSet-Cookie: x", "a_Set-Cookie_ x"),
        ("\u202efdp.exe", "_fdp.exe"),
        ("...", "attachment"),
        ("Prüfbericht Łódź.pdf", "Prüfbericht Łódź.pdf"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
    ],
)
def test_file_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe
