"""Cases for the pages' tests: all Member States, a measure with objections, corrections, messages, attachments."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask

from board_hub.domain.envelope import MessageType
from board_hub.domain.events import HUB
from board_hub.domain.markings import Marking
from board_hub.services.cases.attachments import add_attachment
from board_hub.services.unit_of_work import Hub
from board_hub.store.attachment_files import AttachmentFiles
from board_hub.store.tables import ParticipantKey
from board_hub.wsgi import create_app
from tests.support.cases import Sent, SetClock, issue, join_union, transmit, with_clock
from tests.support.hub import FR, Party, sqlite_settings

PDF = b"%PDF-1.7 a test report"
GERMANY, ESTONIA = "DE-MSA", "EE-MSA"
ELSEWHERE = {
    "cases.listing": "/cases",
    "compose.new": "/notices/new",
    "compose.revise": "/notices/revise",
    "compose.withdraw": "/notices/withdraw",
}
"""Pages that those of a case link to."""


@dataclass
class CaseScene:
    """A hub, its clock, its participants, and the case that the pages show."""

    hub: Hub
    clock: SetClock
    parties: dict[str, Party]
    folder: Path
    sent: dict[str, Sent] = field(default_factory=dict)

    @property
    def case(self) -> str:
        return self.sent["measure"].case

    def address(self, name: str) -> str:
        """The page of a notice of the case."""
        envelope = self.sent[name].envelope
        return f"/cases/{self.case}/notices/{envelope.source.rpartition(':')[2]}/{envelope.id}"

    def app(self) -> Flask:
        app = create_app(sqlite_settings(self.folder), self.hub)
        for endpoint, path in ELSEWHERE.items():
            _stand_in(app, endpoint, path)
        return app


def _stand_in(app: Flask, endpoint: str, path: str) -> None:
    """A page that nothing is asked of, where the application has none of that name."""
    if endpoint not in app.view_functions:
        app.add_url_rule(path, endpoint, lambda: "")


def open_scene(hub: Hub, folder: Path) -> CaseScene:
    """All Member States and the AI Office on a hub that lives on 2 November 2026, and whose key is as old."""
    clock = SetClock(datetime(2026, 11, 2, 9, tzinfo=UTC))
    living = with_clock(hub, clock)
    with living.work(HUB) as uow:
        uow.session.get_one(ParticipantKey, hub.key.kid).valid_from = clock.now
        uow.session.commit()
    return CaseScene(living, clock, join_union(living), folder)


def play_case(scene: CaseScene) -> None:
    """France takes a measure, Germany objects, Estonia agrees; messages, a correction, a withdrawal."""
    hub, parties, sent = scene.hub, scene.parties, scene.sent
    file = _upload(scene, FR)
    attachments = [
        {"name": "Test report – façade.pdf", "sha256": file, "size": len(PDF), "media_type": "application/pdf"},
        {"name": "Source code", "marking": str(Marking.POINTER_ONLY), "pointer": "Room 4, 3 place de Fontenoy, Paris"},
    ]
    sent["measure"] = issue(hub, parties[FR], attachments=attachments, external_references={"icsms": "ICSMS-2026-4711"})
    scene.clock.move(days=1)
    words = {"subject": "Which versions are on your market?", "text": "Dear colleagues,\nwhich versions do you see?"}
    sent["message"] = issue(hub, parties[GERMANY], "informal-message", fields=words, subject=scene.case, to=[FR])
    scene.clock.move(hours=5)
    sent["objection"] = issue(hub, parties[GERMANY], "art79-8-objection", fields={"notice": sent["measure"].reference})
    scene.clock.move(days=2)
    sent["secret"] = issue(
        hub,
        parties[FR],
        "informal-message",
        fields={"subject": "Between Paris and Tallinn"},
        subject=scene.case,
        to=[ESTONIA],
        marking=Marking.ORIGINATOR_CONTROLLED,
    )
    wrong = issue(
        hub, parties[FR], "informal-message", fields={"subject": "Sent by mistake"}, subject=scene.case, to=[GERMANY]
    )
    words = {"notice": wrong.reference, "reason": "Sent by mistake."}
    transmit(hub, parties[FR], words, type_=MessageType.NOTICE_WITHDRAWN)
    sent["withdrawn"] = wrong
    scene.clock.move(days=1)


def _upload(scene: CaseScene, code: str) -> str:
    files = AttachmentFiles(sqlite_settings(scene.folder).attachments)
    stored = files.receive([PDF], limit=10_000)
    with scene.hub.work(HUB) as uow:
        row = add_attachment(uow, uow.directory.participants[code], stored, "application/pdf")
        uow.commit()
    return row.sha256
