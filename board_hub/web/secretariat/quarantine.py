"""Refused messages: why, what is inside (for a recorded reason), let in after all, or rejected for good."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from board_hub.services.exchange import quarantine as refused
from board_hub.services.exchange import refusal_reads
from board_hub.services.exchange.message_life import list_events_about
from board_hub.services.exchange.refusal_reads import Decided, Refusal
from board_hub.services.people.names import name_actors
from board_hub.web.languages import gettext as _
from board_hub.web.pages import done, needs, reading, writing
from board_hub.web.parameters import read_uuid
from board_hub.web.secretariat.navigation import ADMINISTRATORS, secretariat
from board_hub.web.secretariat.questions import Crumb, Question, ask, because


@secretariat.get("/quarantine")
def quarantine() -> str:
    """What was refused, the newest first."""
    decided, chosen, before = _decided(), request.args.get("participant", ""), read_uuid("before")
    with reading() as uow:
        page = refusal_reads.list_refusals(uow, participant=chosen or None, decided=decided, before=before)
        codes = sorted(uow.directory.participants)
    shown = {"page": page, "decided": decided, "chosen": chosen, "before": before, "codes": codes}
    return render_template("secretariat/quarantine.html", **shown)


@secretariat.get("/quarantine/<uuid:refusal_id>")
def refusal(refusal_id: UUID) -> str:
    """Why one message was refused, and what was done about it."""
    with reading() as uow:
        shown = refusal_reads.get_refusal(uow, refusal_id)
        life = list_events_about(uow, str(refusal_id))
        actors = name_actors(uow, [shown.decided_by, *(one.actor for one in life)])
    return render_template("secretariat/refusal.html", refusal=shown, life=life, actors=actors)


@secretariat.route("/quarantine/<uuid:refusal_id>/open", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def open_refusal(refusal_id: UUID) -> ResponseReturnValue:
    """Say why one looks inside."""
    found = _get(refusal_id)

    def act() -> ResponseReturnValue:
        with writing() as uow:
            refused.open_content(uow, refusal_id, because())
            uow.commit()
        return redirect(url_for("secretariat.refusal_content", refusal_id=refusal_id), 303)

    what = [
        _(
            "What is inside is the content of %(code)s. To administer gives no right to read it.",
            code=found.participant,
        ),
        _("That you looked, when and why goes into the evidence log. It is shown to you for a quarter of an hour."),
    ]
    return ask(_question(found, _("Look inside a refused message"), what, _("Record the reason and look inside")), act)


@secretariat.get("/quarantine/<uuid:refusal_id>/content")
@needs(*ADMINISTRATORS)
def refusal_content(refusal_id: UUID) -> ResponseReturnValue:
    """What is inside, for whoever gave a reason lately."""
    with reading() as uow:
        shown = refusal_reads.get_refusal(uow, refusal_id)
        if not refused.is_open(uow, refusal_id):
            return redirect(url_for("secretariat.open_refusal", refusal_id=refusal_id), 303)
        content = refused.read_content(uow, refusal_id)
    return render_template("secretariat/refusal_content.html", refusal=shown, content=content)


@secretariat.route("/quarantine/<uuid:refusal_id>/release", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def release(refusal_id: UUID) -> ResponseReturnValue:
    """Let it in after all."""
    found = _get(refusal_id)

    def act() -> ResponseReturnValue:
        with writing() as uow:
            refused.release(uow, refusal_id, because())
            uow.commit()
        return done(
            _("It is let in; its sender is told by a signed receipt."), "secretariat.refusal", refusal_id=refusal_id
        )

    what = [
        _("The message passes intake once more, byte for byte as it came, with the directory as it is now."),
        _("All checks hold but that of its time. If something is still wrong, you are told what, and nothing changes."),
    ]
    return ask(_question(found, _("Let the message in after all"), what, _("Let it in")), act)


@secretariat.route("/quarantine/<uuid:refusal_id>/reject", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def reject(refusal_id: UUID) -> ResponseReturnValue:
    """Mark it as seen to."""
    found = _get(refusal_id)

    def act() -> ResponseReturnValue:
        with writing() as uow:
            refused.reject(uow, refusal_id, because())
            uow.commit()
        return done(_("It is rejected for good, and stays kept."), "secretariat.refusal", refusal_id=refusal_id)

    what = [_("It stays refused and stays kept; it leaves the list of what waits. Its sender was told when it came.")]
    return ask(_question(found, _("Reject the message for good"), what, _("Reject it"), kind="danger"), act)


def _get(refusal_id: UUID) -> Refusal:
    with reading() as uow:
        return refusal_reads.get_refusal(uow, refusal_id)


def _question(found: Refusal, title: str, what: list[str], yes: str, *, kind: str = "primary") -> Question:
    here = url_for("secretariat.refusal", refusal_id=found.id)
    crumbs: list[Crumb] = [(url_for("secretariat.quarantine"), _("Refused messages")), (here, found.participant)]
    return Question(
        title=title,
        what=what,
        yes=yes,
        cancel=here,
        crumbs=[*crumbs, (None, title)],
        current="secretariat.quarantine",
        kind=kind,
    )


def _decided() -> Decided | None:
    try:
        return Decided(request.args["decided"]) if request.args.get("decided") else None
    except ValueError:
        raise BadRequest(f"decided must be one of {', '.join(Decided)}.") from None
