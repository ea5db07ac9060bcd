"""Keys of participants, and the end of one's part: proposed here, for a second administrator to confirm."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import request, url_for
from flask.typing import ResponseReturnValue

from board_hub.domain.errors import Invalid
from board_hub.services.directory import directory
from board_hub.services.exchange.public_keys import read_public_key
from board_hub.services.operation import high_value_steps as steps
from board_hub.services.operation.proposals import Step, Wanted
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.web.languages import gettext as _
from board_hub.web.languages import zone_name
from board_hub.web.pages import needs, reading
from board_hub.web.secretariat.navigation import ADMINISTRATORS, secretariat
from board_hub.web.secretariat.participants import crumbs_to
from board_hub.web.secretariat.questions import Question, ask_to_propose, because

OVERLAP_HOURS = 48
LONGEST_KEY_FILE = 20_000
"""Bytes; a JWK or PEM of a public key has a few hundred."""


@secretariat.route("/participants/<code>/keys/add", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def add_key(code: str) -> ResponseReturnValue:
    """Propose a further key."""
    what = [
        _("The key signs for %(code)s beside those it has, once a second administrator has confirmed it.", code=code)
    ]
    return _ask_about_key(
        code,
        _question(code, _("Add a key of %(code)s", code=code), what, fields="secretariat/_key_fields.html"),
        steps.KEY_ADDED,
        lambda _uow: steps.add_key(code, _key(), _kid(), valid_from=_moment("valid_from")),
    )


@secretariat.route("/participants/<code>/keys/rotate", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def rotate_key(code: str) -> ResponseReturnValue:
    """Propose a new key in place of the present ones."""
    what = [
        _("The new key signs from the confirmation on. The present ones end after the overlap, counted from there.")
    ]
    values = {"overlap_hours": OVERLAP_HOURS, "rotates": True}
    fields = "secretariat/_key_fields.html"
    return _ask_about_key(
        code,
        _question(code, _("Rotate the keys of %(code)s", code=code), what, fields=fields, values=values),
        steps.KEY_ROTATED,
        lambda _uow: steps.rotate_key(code, _key(), _kid(), overlap_hours=_hours()),
    )


@secretariat.route("/participants/<code>/keys/<path:kid>/revoke", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def revoke_key(code: str, kid: str) -> ResponseReturnValue:
    """Propose the end of a key."""
    what = [
        _("Nothing signed with %(kid)s is accepted any more, whatever time it claims.", kid=kid),
        _("Is it urgent? Suspend the participant: that needs one person, and takes effect at once."),
    ]
    return _ask_about_key(
        code,
        _question(code, _("Revoke the key %(kid)s", kid=kid), what, kind="danger"),
        steps.KEY_REVOKED,
        lambda uow: steps.revoke_key(uow, kid, because()),
    )


@secretariat.route("/participants/<code>/remove", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def remove(code: str) -> ResponseReturnValue:
    """Propose the end of a participant's part."""
    what = [
        _("%(code)s takes no part any more, for good: its code is never used again.", code=code),
        _("What it is owed is given up. Its messages, and the evidence on them, stay."),
    ]
    return _ask_about_key(
        code,
        _question(code, _("Remove %(code)s", code=code), what, kind="danger"),
        steps.PARTICIPANT_REMOVED,
        lambda _uow: steps.remove_participant(code),
    )


def _ask_about_key(
    code: str, question: Question, step: Step, wanted: Callable[[UnitOfWork], Wanted]
) -> ResponseReturnValue:
    with reading() as uow:
        directory.get_participant(uow, code)
    return ask_to_propose(question, step, wanted)


def _question(
    code: str,
    title: str,
    what: list[str],
    *,
    kind: str = "primary",
    fields: str = "",
    values: dict[str, Any] | None = None,
) -> Question:
    return Question(
        title=title,
        what=what,
        cancel=url_for("secretariat.participant", code=code),
        crumbs=crumbs_to(code, (None, title)),
        current="secretariat.participants",
        kind=kind,
        fields=fields,
        values=values or {},
    )


def _key() -> dict[str, str]:
    """The public key in the form: pasted, or in a file."""
    uploaded = request.files.get("file")
    text = request.form.get("public_key", "").strip()
    if uploaded is not None and uploaded.filename:
        text = uploaded.stream.read(LONGEST_KEY_FILE).decode(errors="replace")
    if not text:
        raise Invalid.one("field.missing", "/public-key", _("Paste the public key, or choose its file."))
    return read_public_key(text)


def _kid() -> str | None:
    return request.form.get("kid", "").strip() or None


def _hours() -> int:
    try:
        return int(request.form.get("overlap_hours", ""))
    except ValueError:
        raise Invalid.one("field.invalid", "/overlap_hours", _("Give a number of hours.")) from None


def _moment(name: str) -> datetime | None:
    """A moment as the reader's clock has it; None where none was given."""
    text = request.form.get(name, "")
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone_name())).astimezone(UTC)
    except ValueError:
        raise Invalid.one("field.invalid", f"/{name}", _("Give day and time, such as 2026-03-31T12:00.")) from None
