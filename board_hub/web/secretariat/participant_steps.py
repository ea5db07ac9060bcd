"""What one administrator does about a participant at once: suspend, restore, reach it otherwise, send again."""

from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from board_hub.domain.deliveries import Transport
from board_hub.domain.errors import Conflict
from board_hub.services.directory import directory, participant_changes
from board_hub.services.exchange import delivery_changes
from board_hub.services.operation.reasons import check_reason
from board_hub.web.languages import gettext as _
from board_hub.web.languages import ngettext
from board_hub.web.pages import done, needs, reading, writing
from board_hub.web.secretariat.navigation import ADMINISTRATORS, secretariat
from board_hub.web.secretariat.participants import crumbs_to
from board_hub.web.secretariat.questions import Question, ask, because


@secretariat.route("/participants/<code>/suspend", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def suspend(code: str) -> ResponseReturnValue:
    """Stop a participant's exchange."""
    _check_there(code)

    def act() -> ResponseReturnValue:
        with writing() as uow:
            participant_changes.suspend(uow, code, because())
            uow.commit()
        return done(_("%(code)s is suspended.", code=code), "secretariat.participant", code=code)

    what = [
        _(
            "From now on the hub takes nothing from %(code)s and sends it nothing. What it is owed stays owed.",
            code=code,
        ),
        _("Its login at the broker is taken away within seconds. It can be restored at any time."),
    ]
    return ask(_question(_("Suspend %(code)s", code=code), what, _("Suspend"), code, kind="danger"), act)


@secretariat.route("/participants/<code>/restore", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def restore(code: str) -> ResponseReturnValue:
    """Let a suspended participant take part again."""
    _check_there(code)

    def act() -> ResponseReturnValue:
        with writing() as uow:
            participant_changes.restore(uow, code, because())
            uow.commit()
        return done(_("%(code)s takes part again.", code=code), "secretariat.participant", code=code)

    login = _("If it uses the broker, give it a new login with: board-hub participant password %(code)s", code=code)
    what = [_("Whatever is owed to it is due at once."), login]
    return ask(_question(_("Restore %(code)s", code=code), what, _("Restore"), code), act)


@secretariat.route("/participants/<code>/transport", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def move(code: str) -> ResponseReturnValue:
    """Reach a participant by its queue or by the mailbox over HTTPS."""
    with reading() as uow:
        found = directory.get_participant(uow, code)
    to = Transport.MAILBOX if found.transport == Transport.AMQP else Transport.AMQP
    words = {Transport.MAILBOX: _("the HTTPS mailbox"), Transport.AMQP: _("its RabbitMQ queue")}

    def act() -> ResponseReturnValue:
        check_reason(because())
        with writing() as uow:
            now = directory.get_participant(uow, code)
            participant_changes.check_changeable(now)
            if now.transport != found.transport or request.form.get("to") != to:
                raise Conflict(_("It was moved meanwhile; look at where it stands."))
            directory.set_transport(uow, code, to, because())
            uow.commit()
        said = _("%(code)s is now reached by %(way)s.", code=code, way=words[to])
        return done(said, "secretariat.participant", code=code)

    what = [_("From now on %(code)s is reached by %(way)s. What it is owed follows.", code=code, way=words[to])]
    if to == Transport.AMQP:
        what.append(_("Give it a login with: board-hub participant password %(code)s", code=code))
    question = _question(
        _("Reach %(code)s by %(way)s", code=code, way=words[to]), what, _("Move"), code, hidden={"to": str(to)}
    )
    return ask(question, act)


@secretariat.route("/participants/<code>/resend", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def resend_all(code: str) -> ResponseReturnValue:
    """Send again what waits for a participant."""
    _check_there(code)

    def act() -> ResponseReturnValue:
        with writing() as uow:
            number = delivery_changes.resend_all(uow, code, because())
            uow.commit()
        said = ngettext("%(num)s delivery is due now.", "%(num)s deliveries are due now.", number)
        return done(said, "secretariat.participant", code=code)

    what = [_("Everything not yet collected is sent again now, under the same ids: its inbox drops doubles.")]
    return ask(_question(_("Send everything to %(code)s again", code=code), what, _("Send again now"), code), act)


@secretariat.route("/messages/<uuid:message_id>/deliveries/<code>/resend", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def resend(message_id: UUID, code: str) -> ResponseReturnValue:
    """Send one delivery again."""
    _check_there(code)

    def act() -> ResponseReturnValue:
        with writing() as uow:
            delivery_changes.resend(uow, message_id, code, because())
            uow.commit()
        return done(_("It is due now."), "secretariat.message", message_id=message_id)

    address = url_for("secretariat.message", message_id=message_id)
    return ask(
        Question(
            title=_("Send this message to %(code)s again", code=code),
            what=[_("It is sent now, under the same id: if %(code)s has it already, its inbox drops it.", code=code)],
            yes=_("Send again now"),
            cancel=address,
            crumbs=[
                (url_for("secretariat.messages"), _("Messages")),
                (address, str(message_id)[-12:]),
                (None, _("Send again")),
            ],
            current="secretariat.messages",
        ),
        act,
    )


def _check_there(code: str) -> None:
    with reading() as uow:
        directory.get_participant(uow, code)


def _question(
    title: str, what: list[str], yes: str, code: str, *, kind: str = "primary", hidden: dict[str, str] | None = None
) -> Question:
    return Question(
        title=title,
        what=what,
        yes=yes,
        cancel=url_for("secretariat.participant", code=code),
        crumbs=crumbs_to(code, (None, yes)),
        current="secretariat.participants",
        kind=kind,
        values={"hidden": hidden or {}},
    )
