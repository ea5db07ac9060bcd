"""Who is signed in: officials with their roles and where those come from, their sessions; ending and restoring."""

from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from board_hub.http.current import current
from board_hub.services.people import access_changes
from board_hub.services.people.officials import get_official
from board_hub.services.people.sessions import list_sessions
from board_hub.store.people_tables import Official
from board_hub.web.languages import gettext as _
from board_hub.web.languages import ngettext
from board_hub.web.pages import done, needs, person, reading, writing
from board_hub.web.secretariat.navigation import ADMINISTRATORS, secretariat
from board_hub.web.secretariat.questions import Question, ask, because
from board_hub.web.session import current_session, limits_of


@secretariat.get("/officials")
def officials() -> str:
    """Officials who have ever signed in, those in a session now marked."""
    text, code = request.args.get("q", "").strip()[:200], request.args.get("participant", "")
    with reading() as uow:
        page = access_changes.list_officials(
            uow,
            limits_of(current().settings),
            text=text,
            participant=code or None,
            cursor=request.args.get("cursor") or None,
        )
        codes = sorted(uow.directory.participants)
    return render_template("secretariat/officials.html", page=page, text=text, participant=code, codes=codes)


@secretariat.get("/officials/<uuid:official_id>")
def official(official_id: UUID) -> str:
    """One official."""
    with reading() as uow:
        found = get_official(uow, official_id)
        roles = access_changes.list_roles(uow, [official_id]).get(official_id, [])
        open_sessions = list_sessions(uow, official_id, limits_of(current().settings))
        now = uow.now
    mine = current_session().found
    return render_template(
        "secretariat/official.html",
        official=found,
        roles=roles,
        sessions=open_sessions,
        own_session=mine.row.id if mine else "",
        is_me=person().id == official_id,
        now=now,
    )


@secretariat.route("/officials/<uuid:official_id>/sessions/<row_id>/end", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def end_session(official_id: UUID, row_id: str) -> ResponseReturnValue:
    """End one session."""
    found = _get(official_id)

    def act() -> ResponseReturnValue:
        with writing() as uow:
            access_changes.end_one_session(uow, official_id, row_id, because())
            uow.commit()
        return done(_("The session is ended."), "secretariat.official", official_id=official_id)

    what = [_("Whoever uses this browser is signed out with the next click, and may sign in again.")]
    return ask(_question(found, _("End this session of %(name)s", name=found.name), what, _("End the session")), act)


@secretariat.route("/officials/<uuid:official_id>/sessions/end", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def end_sessions(official_id: UUID) -> ResponseReturnValue:
    """End all sessions of an official."""
    found = _get(official_id)

    def act() -> ResponseReturnValue:
        with writing() as uow:
            number = access_changes.end_all_sessions(uow, official_id, because())
            uow.commit()
        said = ngettext("%(num)s session is ended.", "%(num)s sessions are ended.", number)
        return done(said, "secretariat.official", official_id=official_id)

    what = [_("%(name)s is signed out everywhere, and may sign in again.", name=found.name)]
    return ask(_question(found, _("End all sessions of %(name)s", name=found.name), what, _("End all sessions")), act)


@secretariat.route("/officials/<uuid:official_id>/end", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def end_access(official_id: UUID) -> ResponseReturnValue:
    """End what an official may do here."""
    found = _get(official_id)

    def act() -> ResponseReturnValue:
        with writing() as uow:
            access_changes.end_access(uow, official_id, because())
            uow.commit()
        return done(_("The access is ended."), "secretariat.official", official_id=official_id)

    what = [
        _("Sessions and calendar links of %(name)s end at once. Signing in again is refused.", name=found.name),
        _("What the person did stays on record. The access can be restored."),
    ]
    title = _("End the access of %(name)s", name=found.name)
    return ask(_question(found, title, what, _("End the access"), kind="danger"), act)


@secretariat.route("/officials/<uuid:official_id>/restore", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def restore_access(official_id: UUID) -> ResponseReturnValue:
    """Let an official sign in again."""
    found = _get(official_id)

    def act() -> ResponseReturnValue:
        with writing() as uow:
            access_changes.restore_access(uow, official_id, because())
            uow.commit()
        return done(_("The access is restored."), "secretariat.official", official_id=official_id)

    what = [_("%(name)s may sign in again; what it may do its identity provider says anew.", name=found.name)]
    title = _("Restore the access of %(name)s", name=found.name)
    return ask(_question(found, title, what, _("Restore the access")), act)


def _get(official_id: UUID) -> Official:
    with reading() as uow:
        return get_official(uow, official_id)


def _question(found: Official, title: str, what: list[str], yes: str, *, kind: str = "primary") -> Question:
    here = url_for("secretariat.official", official_id=found.id)
    return Question(
        title=title,
        what=what,
        yes=yes,
        cancel=here,
        crumbs=[(url_for("secretariat.officials"), _("Who is signed in")), (here, found.name), (None, yes)],
        current="secretariat.officials",
        kind=kind,
    )
