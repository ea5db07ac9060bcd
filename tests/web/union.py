"""A hub on which the whole Union takes part: a directory with gaps, mandates, cases of many states, requests answered.

All fictional but the names of offices; moments are set, so that periods lie ahead and answers took some days.
"""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from board_hub.domain.deliveries import Transport
from board_hub.domain.envelope import encode
from board_hub.domain.events import HUB
from board_hub.law.examples import example_notice
from board_hub.services.directory import directory
from board_hub.services.exchange.signing import SigningKey
from board_hub.services.unit_of_work import Hub
from board_hub.store.people_tables import Mandate
from tests.support.hub import Party, catalogue_of, envelope, send

OFFICES: dict[str, tuple[str, tuple[str, ...], str]] = {
    "FR-CNIL": ("Commission nationale de l’informatique et des libertés", ("MSA", "DPA", "FRA77"), "ia@cnil.example"),
    "FR-DGCCRF": ("Direction générale de la concurrence", ("MSA", "SPOC", "SLO"), "spoc@dgccrf.example"),
    "FR-DGE": ("Direction générale des entreprises", ("BREP", "NA"), "dge@fr.example"),
    "DE-BNETZA": ("Bundesnetzagentur", ("MSA", "SPOC", "NA"), "ki@bnetza.example"),
    "DE-BMWK": ("Bundesministerium für Wirtschaft", ("BREP", "SLO"), "brep@de.example"),
    "EE-TTJA": ("Tarbijakaitse ja Tehnilise Järelevalve Amet", ("MSA", "SPOC", "SLO"), "info@ttja.example"),
    "GR-EETT": ("Hellenic Telecommunications and Post Commission", ("MSA", "SPOC"), "ai@eett.example"),
    "IT-AGID": ("Agenzia per l’Italia digitale", ("NA",), "na@agid.example"),
    "IT-ACN": ("Agenzia per la cybersicurezza nazionale", ("MSA", "SPOC"), "spoc@acn.example"),
    "ES-AESIA": ("Agencia Española de Supervisión de la IA", ("MSA", "SPOC", "BREP"), "contacto@aesia.example"),
    "IE-DETE": ("Department of Enterprise, Trade and Employment", ("SPOC", "BREP", "SLO"), "ai@dete.example"),
    "LU-CNPD": ("Commission nationale pour la protection des données", ("MSA", "SPOC", "FRA77"), "ai@cnpd.example"),
    "NL-AP": ("Autoriteit Persoonsgegevens", ("MSA", "DPA"), "algoritmes@ap.example"),
    "NL-RDI": ("Rijksinspectie Digitale Infrastructuur", ("MSA", "SPOC", "SLO"), "ai@rdi.example"),
    "MT-MDIA": ("Malta Digital Innovation Authority", ("MSA", "SPOC", "NA"), "ai@mdia.example"),
    "EU-AIO": ("AI Office of the European Commission", ("AIO",), "cnect-aioffice@ec.example"),
    "EU-EDPS": ("European Data Protection Supervisor", ("EDPS", "MSA"), "ai@edps.example"),
}  # fmt: skip
LANGUAGES = {"FR": ["fr", "en"], "DE": ["de", "en"], "GR": ["el", "en"], "EE": ["et", "en"], "LU": ["fr", "de", "en"]}
REPRESENTED_ONLY = ("AT", "BE", "BG", "CZ", "DK", "FI", "HR", "HU", "LT", "PL", "PT", "SE")
"""Member States of which the directory knows the representative’s office alone."""
OPENINGS = (
    ("FR-CNIL", "art79-5", 7), ("DE-BNETZA", "art79-5", 5), ("ES-AESIA", "art73-11", 4), ("NL-RDI", "art79-3", 3),
    ("IT-ACN", "art79-5", 2), ("EE-TTJA", "art73-11", 2), ("GR-EETT", "art79-3", 1), ("IE-DETE", "art79-3", 1),
)  # fmt: skip
"""Who opens cases, by which notice, how many."""


class Union:
    """Plays three months of exchange on a hub, at moments of its own; ends today."""

    def __init__(self, hub: Hub, end: datetime | None = None) -> None:
        self.hub, self.end = hub, end or datetime.now(UTC)
        self.now = self.end - timedelta(days=80)
        self.at = replace(hub, clock=lambda: self.now)
        self.parties: dict[str, Party] = {}
        offices = OFFICES | {
            f"{code}-REP": (f"Office of the representative of {code}", ("BREP",), f"rep@{code.lower()}.example")
            for code in REPRESENTED_ONLY
        }
        for code, (name, kinds, contact) in offices.items():
            self.parties[code] = self._join(code, name, kinds, contact)
        self._give_mandates()

    def _join(self, code: str, name: str, kinds: tuple[str, ...], contact: str) -> Party:
        key = SigningKey.generate(f"{code}-2026-1")
        with self.at.work(HUB) as uow:
            directory.add_participant(
                uow,
                code,
                name=name,
                kinds=kinds,
                transport=Transport.MAILBOX,
                languages=LANGUAGES.get(code[:2], ["en"]),
                contact=contact,
            )
            directory.add_key(uow, code, key.kid, jwk=key.public_jwk())
            uow.commit()
        return Party(code, key)

    def _give_mandates(self) -> None:
        names = {"FR": "Hélène Durand", "DE": "Jonas Weber", "ES": "Lucía Romero", "GR": "Eleni Papadaki"}
        with self.at.work(HUB) as uow:
            for member, name in names.items():
                email = f"{name.split()[1].lower()}@{member.lower()}.example"
                for kind, one in (("representative", name), ("alternate", f"Alternate of {name}")):
                    first, last = date(2025, 1, 15), self.end.date() + timedelta(days=400)
                    uow.session.add(
                        Mandate(member=member, kind=kind, name=one, email=email, begins_on=first, ends_on=last)
                    )
            uow.commit()

    def pass_time(self, **elapsed: float) -> None:
        self.now += timedelta(**elapsed)

    def issue(self, source: str, notice_type: str, *, marking: str | None = None, **changes: Any) -> bytes:
        """Send a notice; `fields` are merged into its fields, other changes replace parts of its data."""
        fields = changes.pop("fields", {})
        data = example_notice(catalogue_of(self.hub), notice_type, sender=source) | changes
        data["fields"] |= fields
        body = encode(replace(envelope(source, data=data, time=self.now), marking=marking))
        outcome = send(self.at, self.parties[source].arrival(body))
        assert outcome.accepted, outcome.flaws
        return body

    def request(self, source: str, to: str, *, accept_after: int, answer_after: int | None, agreed: int) -> None:
        """A request for information, its acceptance and its answer, so many days after it; ends at the start again."""
        begun = self.now
        asked = _key(self.issue(source, "msr22-request", to=[to]))
        about = {"request": asked}
        self.pass_time(days=accept_after)
        reply_by = (begun + timedelta(days=agreed)).date().isoformat()
        self.issue(to, "msr22-acceptance", fields=about | {"reply_by": reply_by})
        if answer_after is not None:
            self.now = begun + timedelta(days=answer_after)
            self.issue(to, "msr22-answer", fields=about | {"final": True})
        self.now = begun


def _key(body: bytes) -> dict[str, str]:
    earlier = json.loads(body)
    return {"source": earlier["source"], "id": earlier["id"]}


def play_union(hub: Hub, end: datetime | None = None) -> Union:
    """The three months that directory and overview are tested and shown with."""
    union = Union(hub, end)
    union.request("IT-ACN", "DE-BNETZA", accept_after=2, answer_after=12, agreed=14)
    union.request("NL-RDI", "DE-BNETZA", accept_after=9, answer_after=20, agreed=18)
    union.request("DE-BNETZA", "FR-CNIL", accept_after=3, answer_after=9, agreed=10)
    for source, notice_type, number in OPENINGS:
        for _ in range(number):
            union.pass_time(hours=72)
            union.issue(source, notice_type, marking="authorities" if source != "DE-BNETZA" else None)
    union.request("EE-TTJA", "DE-BNETZA", accept_after=1, answer_after=None, agreed=25)
    return union
