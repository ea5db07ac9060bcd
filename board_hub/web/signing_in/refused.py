"""The page of somebody who was not let in: why, what to do, and the reference the secretariat finds the attempt by."""

import structlog
from flask import Response, make_response, render_template

from board_hub.domain.events import HUB
from board_hub.domain.openid import Reason, SignInRefused
from board_hub.http.current import current_hub
from board_hub.services.operation.snapshot import look
from board_hub.services.people import providers, sign_ins
from board_hub.store.people_tables import SignIn
from board_hub.web.signing_in.words import WORDS

log = structlog.get_logger(__name__)
_STATUS = {Reason.PROVIDER_AWAY: 503, Reason.PROVIDER_WRONG: 503, Reason.PROVIDER_CLOSED: 503}


def refuse(provider: str, refusal: SignInRefused, following: str = "/") -> Response:
    """Put the refusal on record and show it."""
    with current_hub().work(HUB) as uow:
        attempt = sign_ins.note_refusal(uow, provider, refusal)
        uow.commit()
    return show(attempt, following)


def show(attempt: SignIn, following: str = "/") -> Response:
    reason = Reason(attempt.reason)
    log.info("sign-in refused", provider=attempt.provider, reason=attempt.reason, attempt=str(attempt.id))
    title, said, advice = WORDS[reason]
    with look(current_hub(), HUB) as uow:
        name = next((one.name for one in providers.list_providers(uow) if one.code == attempt.provider), "")
    page = render_template(
        "login/refused.html",
        attempt=attempt,
        name=name,
        title=title,
        said=said,
        advice=advice,
        following=following,
        can_try_again=reason not in (Reason.ENDED, Reason.PROVIDER_CLOSED),
    )
    return make_response(page, _STATUS.get(reason, 403))
