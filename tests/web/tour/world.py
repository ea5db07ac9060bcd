"""The two hubs of the tour: a Union at work, with something on every page, and one on which nothing happened yet."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from flask import Flask
from playwright.sync_api import BrowserContext
from sqlmodel import col, select, update

from board_hub.domain.envelope import MessageType
from board_hub.domain.events import HUB
from board_hub.domain.openid import Reason, SignInRefused
from board_hub.http.current import attach
from board_hub.jobs.runs import run_job
from board_hub.jobs.schedule import find_job
from board_hub.law.examples import example_notice
from board_hub.services.access import Role
from board_hub.services.cases.attachments import add_attachment
from board_hub.services.desk.approvals import submit_draft
from board_hub.services.desk.drafting import start_draft
from board_hub.services.exchange.held_keys import make_held_key
from board_hub.services.exchange.signing import SigningKey
from board_hub.services.operation import high_value_steps as steps
from board_hub.services.operation.bootstrap import prepare
from board_hub.services.operation.evidence import sign_head
from board_hub.services.operation.proposals import propose
from board_hub.services.people import providers, sign_ins
from board_hub.services.people.officials import Held, Person
from board_hub.services.unit_of_work import Hub
from board_hub.settings import Settings
from board_hub.store.attachment_files import AttachmentFiles
from board_hub.store.desk_tables import SavedView
from board_hub.store.people_tables import Mandate, Official, WebSession
from board_hub.store.tables import Message, Quarantine
from board_hub.store.work_tables import JobRun
from board_hub.wsgi import create_app
from tests.support.cases import issue, transmit
from tests.support.hub import catalogue_of, join_four, send, sqlite_settings
from tests.support.officials import add_official, session_secret, want_four_eyes
from tests.web.browser import Serve, sign_in
from tests.web.union import Union, play_union

FRANCE, GERMANY, ESTONIA, ITALY, OFFICE = "FR-CNIL", "DE-BNETZA", "EE-TTJA", "IT-ACN", "EU-AIO"
REPORT = b"%PDF-1.7 a test report"
PEOPLE: dict[str, tuple[str, tuple[Held, ...]]] = {
    "France": ("Claire Dubois", (Held(FRANCE, Role.REPRESENTATIVE), Held(FRANCE, Role.CASE_HANDLER))),
    "Germany": ("Jonas Weber", (Held(GERMANY, Role.CASE_HANDLER),)),
    "a colleague in Germany": ("Anna Schmidt", (Held(GERMANY, Role.CASE_HANDLER),)),
    "the secretariat": (
        "Sofia Lindqvist",
        (Held(OFFICE, Role.SECRETARIAT_OFFICER), Held(OFFICE, Role.SECRETARIAT_ADMINISTRATOR)),
    ),
    "a second administrator": ("Marek Novák", (Held(OFFICE, Role.SECRETARIAT_ADMINISTRATOR),)),
}


@dataclass
class World:
    """A served hub, its people, and what the tour's addresses name."""

    hub: Hub
    app: Flask
    base: str
    settings: Settings
    people: dict[str, Person]
    named: dict[str, str] = field(default_factory=dict)

    def enter(self, context: BrowserContext, who: str) -> None:
        """Let the browser act as this person."""
        sign_in(context, self.app, self.base, self.people[who], self.settings)

    def speak(self, language: str) -> None:
        """From now on everybody reads this language."""
        with self.hub.work(HUB) as uow:
            uow.session.execute(update(Official).values(language=language))
            uow.session.commit()


def open_world(folder: Path, serve: Serve) -> World:
    """A Union at work."""
    settings = sqlite_settings(folder)
    hub = prepare(settings)
    union = play_union(hub)
    for code in (FRANCE, GERMANY, ITALY):
        with hub.work(HUB) as uow:
            make_held_key(uow, code)
            uow.commit()
    people = _add_people(hub)
    named = _play_case(union, settings) | _write_drafts(hub, people) | _furnish(hub, people)
    world = _serve(hub, settings, serve, people, named)
    session_secret(world.app, people["Germany"])
    world.named |= _find_rows(hub, people)
    return world


def open_empty_world(folder: Path, serve: Serve) -> World:
    """Four participants and people who have just come."""
    settings = sqlite_settings(folder)
    hub = prepare(settings)
    join_four(hub)
    return _serve(hub, settings, serve, _add_people(hub), {})


def _serve(hub: Hub, settings: Settings, serve: Serve, people: dict[str, Person], named: dict[str, str]) -> World:
    app = create_app(settings, hub)
    base = serve(app)
    settings = replace(settings, public_url=base)  # forms are taken from there alone
    attach(app, settings, hub)
    return World(hub, app, base, settings, people, named)


def _add_people(hub: Hub) -> dict[str, Person]:
    return {who: add_official(hub, held, name=name) for who, (name, held) in PEOPLE.items()}


def _play_case(union: Union, settings: Settings) -> dict[str, str]:
    """A French measure with attachments, a German question and objection, an Italian request to both."""
    hub, parties = union.at, union.parties
    union.now = union.end - timedelta(days=9)
    report = {"name": "Test report – façade.pdf", "size": len(REPORT), "media_type": "application/pdf"}
    source = {"name": "Source code", "marking": "pointer-only", "pointer": "Room 4, 3 place de Fontenoy, Paris"}
    files = [report | {"sha256": _upload(union, settings)}, source]
    measure = issue(hub, parties[FRANCE], attachments=files, external_references={"icsms": "ICSMS-2026-4711"})
    union.pass_time(days=3)
    issue(hub, parties[GERMANY], "art79-8-objection", fields={"notice": measure.reference})
    words = {"subject": "Which versions are on your market?", "text": "Dear colleagues,\nwhich versions do you see?"}
    issue(hub, parties[GERMANY], "informal-message", fields=words, subject=measure.case, to=[FRANCE])
    union.pass_time(days=4)
    words = {"subject": "Sent by mistake"}
    wrong = issue(hub, parties[FRANCE], "informal-message", fields=words, subject=measure.case, to=[GERMANY])
    reason = {"notice": wrong.reference, "reason": "Sent by mistake."}
    assert transmit(hub, parties[FRANCE], reason, type_=MessageType.NOTICE_WITHDRAWN).outcome.accepted
    request = issue(hub, parties[ITALY], "msr22-request", to=[GERMANY, FRANCE])
    union.now = union.end
    assert not send(hub, parties[ITALY].arrival(b'{"specversion":"1.0"}')).accepted
    return {
        "case": measure.case,
        "measure": f"{FRANCE}/{measure.envelope.id}",
        "request": f"{ITALY}/{request.envelope.id}",
    }


def _upload(union: Union, settings: Settings) -> str:
    stored = AttachmentFiles(settings.attachments).receive([REPORT], limit=10_000)
    with union.at.work(HUB) as uow:
        row = add_attachment(uow, uow.directory.participants[FRANCE], stored, "application/pdf")
        uow.commit()
    return row.sha256


def _write_drafts(hub: Hub, people: dict[str, Person]) -> dict[str, str]:
    """Germany has one draft begun and one that waits for a colleague's approval; and a saved view."""
    want_four_eyes(hub, GERMANY)
    catalogue = catalogue_of(hub)
    author = people["Germany"]
    with hub.work(author.actor) as uow:
        drafts = []
        for notice_type in ("art73-11", "msr22-request"):
            data = example_notice(catalogue, notice_type, sender=GERMANY)
            content = {"type": str(MessageType.NOTICE_ISSUED), "marking": "restricted", "data": data}
            drafts.append(start_draft(uow, author, content, participant=GERMANY))
        uow.session.flush()
        submit_draft(uow, author, drafts[1].id, version=drafts[1].version)
        view = SavedView(
            official_id=author.id, page="cases", name="Open measures", query="state=open", created_at=uow.now
        )
        uow.session.add(view)
        uow.commit()
        return {"draft": str(drafts[0].id), "submitted draft": str(drafts[1].id)}


def _furnish(hub: Hub, people: dict[str, Person]) -> dict[str, str]:
    """What the secretariat sees: a step that waits, runs of jobs, a head, a provider's rule, a refused sign-in."""
    with hub.work(people["the secretariat"].actor) as uow:
        wanted = steps.add_key(FRANCE, SigningKey.generate("next").public_jwk(), f"{FRANCE}-2027-1")
        proposal = propose(uow, steps.KEY_ADDED, wanted, because="Letter of 3 March: its system moves.")
        rule = providers.add_rule(
            uow, "FR", claim="groups", value="hub-handlers", participant=FRANCE, role=Role.CASE_HANDLER
        )
        uow.commit()
    with hub.work(HUB) as uow:
        sign_head(uow)
        refused = sign_ins.note_refusal(uow, "FR", SignInRefused(Reason.DECLINED, "The person pressed Cancel."))
        uow.commit()
    for job in ("evidence", "purge"):
        run_job(hub, find_job(Settings(), job))
    return {"proposal": str(proposal.id), "rule": str(rule.id), "sign-in": str(refused.id)}


def _find_rows(hub: Hub, people: dict[str, Person]) -> dict[str, str]:
    """What has no name of its own: the newest of each table."""
    with hub.work(HUB) as uow:
        found = {
            "message": uow.session.scalar(select(Message.id).where(col(Message.notice_type) == "msr22-request")),
            "refusal": uow.session.scalar(select(Quarantine.id)),
            "run": uow.session.scalar(select(JobRun.id)),
            "mandate": uow.session.scalar(select(Mandate.id)),
            "official": people["Germany"].id,
            "session": uow.session.scalar(select(WebSession.id)),
            "key": f"{FRANCE}-2026-1",
        }
    return {name: str(id_) for name, id_ in found.items()}
