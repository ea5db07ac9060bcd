"""What kinds of participants are called, and which Act has a Member State designate them."""

from typing import Any

from board_hub.domain.audience import Kind
from board_hub.store.tables import MemberKind
from board_hub.web.languages import lazy as _

KINDS: dict[str, Any] = {
    Kind.SPOC: _("Single point of contact"),
    Kind.MSA: _("Market surveillance authority"),
    Kind.NA: _("Notifying authority"),
    Kind.SLO: _("Single liaison office"),
    Kind.FRA77: _("Authority protecting fundamental rights"),
    Kind.DPA: _("Data protection authority"),
    Kind.BREP: _("Board representative’s office"),
    Kind.AIO: _("AI Office, secretariat of the Board"),
    Kind.EDPS: _("European Data Protection Supervisor"),
    Kind.PANEL: _("Scientific panel"),
    Kind.RUNNER: _("Evaluation runner"),
    Kind.PARTNER: _("Partner"),
}
BASIS: dict[str, Any] = {
    Kind.SPOC: _("Article 70(2) AI Act"),
    Kind.MSA: _("Article 70(1) AI Act"),
    Kind.NA: _("Article 28 AI Act"),
    Kind.SLO: _("Article 10(3) Regulation (EU) 2019/1020"),
    Kind.FRA77: _("Article 77(2) AI Act"),
    Kind.DPA: _("Articles 5(4), 26(10), 74(8) AI Act"),
    Kind.BREP: _("Article 65(4) AI Act"),
}
MEMBER_KINDS: dict[str, Any] = {
    MemberKind.MEMBER_STATE: _("Member State"),
    MemberKind.INSTITUTION: _("Institutions of the Union"),
    MemberKind.OBSERVER: _("Observer of the Board: sees what is not confidential"),
}
MANDATES: dict[str, Any] = {"representative": _("Representative"), "alternate": _("Alternate")}
