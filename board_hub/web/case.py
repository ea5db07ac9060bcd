"""The page of a case: where it stands, its clocks, who sees it, what happened, what is next; its evidence."""

from typing import Any

from flask import Response, render_template, request

from board_hub.domain.errors import Invalid
from board_hub.http.current import current_hub
from board_hub.services.cases import bundle_format as layout
from board_hub.services.cases.bundle import CaseEvidence, collect_evidence, write_bundle
from board_hub.services.cases.case_reads import get_case
from board_hub.services.cases.history_reads import Shown
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.web.bundle_texts import readme, summary
from board_hub.web.case_page import read_case
from board_hub.web.case_words import told
from board_hub.web.languages import gettext
from board_hub.web.names import names_of
from board_hub.web.pages import Pages, person, reader, reading, writing

case = Pages("case", __name__)
case.context_processor(told)


@case.get("/cases/<reference>")
def show(reference: str) -> str:
    """One case. The parts that refresh themselves are taken from this same page."""
    who, shown = person(), _shown()
    with reading() as uow:
        page = read_case(uow, who, reference, shown, older=request.args.get("older"), clocks=request.args.get("clocks"))
        names = names_of(uow)
    return render_template(
        "case/show.html",
        page=page,
        names=names,
        shown=shown,
        now=uow.now,
        writes_for=who.writes_for,
        can_share=page.case.header.originator in who.writes_for,
        section="cases",
    )


def _shown() -> Shown:
    wanted = request.args.get("show") or Shown.ALL
    try:
        return Shown(wanted)
    except ValueError:
        known = ", ".join(Shown)
        raise Invalid.one("field.invalid", "/show", gettext("Must be one of: %(known)s.", known=known)) from None


@case.post("/cases/<reference>/evidence")
def export(reference: str) -> Response:
    """The evidence of the case as a file: all that the official may read, to be checked without the hub."""
    with writing() as uow:
        evidence = collect_evidence(uow, reader(), reference)
        content = write_bundle(uow, reader(), evidence, texts=_texts(uow, evidence))
        uow.commit()
    answer = Response(content, mimetype="application/zip")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{reference}-evidence.zip")
    return answer


def _texts(uow: UnitOfWork, evidence: CaseEvidence) -> dict[str, str]:
    """What people read in the bundle, in the official's language."""
    view = get_case(uow, reader(), evidence.reference)
    about: dict[str, Any] = {
        "view": view,
        "evidence": evidence,
        "now": uow.now,
        "names": names_of(uow),
        "hub_key": current_hub().key.thumbprint(),
        "participants": sorted(reader().participants),
    }
    return {layout.README: readme(about), layout.SUMMARY: summary(uow, about)}
