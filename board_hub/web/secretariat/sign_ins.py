"""Login diagnosis: who tried to sign in, what came, which rules matched, why somebody was not let in."""

from uuid import UUID

from flask import render_template, request

from board_hub.services.people import providers
from board_hub.services.people import sign_ins as services
from board_hub.web.pages import reading
from board_hub.web.secretariat.navigation import secretariat
from board_hub.web.signing_in.words import WORDS

OUTCOMES = (services.ACCEPTED, services.REFUSED)


@secretariat.get("/sign-ins")
def sign_ins() -> str:
    """Attempts, the latest first."""
    code, outcome = request.args.get("provider", "")[:40], request.args.get("outcome", "")
    cursor = request.args.get("cursor") or None
    with reading() as uow:
        known = {one.code: one.name for one in providers.list_providers(uow)}
        page = services.list_sign_ins(
            uow, provider=code or None, outcome=outcome if outcome in OUTCOMES else None, cursor=cursor
        )
    return render_template(
        "secretariat/sign_ins.html", page=page, providers=known, provider=code, outcome=outcome, reasons=WORDS
    )


@secretariat.get("/sign-ins/<uuid:attempt_id>")
def sign_in(attempt_id: UUID) -> str:
    """One attempt."""
    with reading() as uow:
        attempt = services.get_sign_in(uow, attempt_id)
        known = {one.code: one.name for one in providers.list_providers(uow)}
    came, others = attempt.claims.get("values", {}), attempt.claims.get("others", [])
    return render_template(
        "secretariat/sign_in.html", attempt=attempt, came=came, others=others, providers=known, reasons=WORDS
    )
