"""The profile: language, time zone, mails, one's own sessions, calendar links, roles and where they come from."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from board_hub.domain.errors import Invalid, NotFound
from board_hub.http.current import current, current_hub
from board_hub.services.clocks.calendar_links import list_links_of, make_link, revoke_link_of
from board_hub.services.people import sessions
from board_hub.services.people.preferences import TIME_ZONES, TOPICS, change_preferences, frequency_of
from board_hub.services.people.roles import describe_roles
from board_hub.web import languages, profile_words
from board_hub.web.languages import gettext
from board_hub.web.pages import Pages, done, person, reader, reading, writing
from board_hub.web.session import current_session, limits_of

profile = Pages("profile", __name__)
NEW_LINK = "new_calendar_link"
"""Where the session keeps a link's address, sealed, until it was shown once."""


@profile.get("/profile")
def show() -> str:
    """All of it on one page."""
    return _page({})


def _page(flaws: Mapping[str, str]) -> str:
    with reading() as uow:
        own = sessions.list_sessions(uow, person().id, limits_of(current().settings))
        return render_template(
            "profile/home.html",
            official=person().official,
            flaws=flaws,
            languages_offered=_languages(),
            time_zones=[(one, one.replace("_", " ")) for one in TIME_ZONES],
            topics=_topics(),
            mails_are_sent=bool(current().settings.smtp_url),
            own_sessions=[(one, profile_words.browser(one.browser), one.id == _own_id()) for one in own],
            links=list_links_of(uow, person().id),
            new_link=_take_new_link(),
            calendars=[(code, code) for code in sorted(reader().participants)],
            roles=describe_roles(uow, person()),
            role_words=profile_words.ROLES,
        )


@profile.post("/profile/language")
def choose_language() -> ResponseReturnValue:
    """Keep language and time zone."""
    given = {name: request.form[name] for name in ("language", "time_zone") if name in request.form}
    return _change(given, gettext("Your language and time zone are kept."), "preferences")


@profile.post("/profile/mails")
def choose_mails() -> ResponseReturnValue:
    """Keep which matters are told by mail."""
    mails = {name: request.form[name] for name in TOPICS if name in request.form}
    return _change({"mails": mails}, gettext("Your mails are changed."), "mails")


def _change(given: Mapping[str, Any], words: str, anchor: str) -> ResponseReturnValue:
    try:
        with writing() as uow:
            change_preferences(uow, person().id, given)
            uow.commit()
    except Invalid as error:
        return _page({flaw.path.rpartition("/")[2]: flaw.message for flaw in error.flaws}), 422
    return done(words, "profile.show", _anchor=anchor)


@profile.post("/profile/sessions/<short_id>/end")
def end_session(short_id: str) -> ResponseReturnValue:
    """End one of the person's sessions."""
    with writing() as uow:
        sessions.end_own_session(uow, person().id, short_id)
        uow.commit()
    return done(gettext("The session is ended."), "profile.show", _anchor="sessions")


@profile.post("/profile/sessions/end-others")
def end_other_sessions() -> ResponseReturnValue:
    """End all of the person's sessions but this one."""
    with writing() as uow:
        sessions.end_other_sessions(uow, person().id, _own_id())
        uow.commit()
    return done(gettext("All your other sessions are ended."), "profile.show", _anchor="sessions")


@profile.post("/profile/calendar-links")
def add_link() -> ResponseReturnValue:
    """Make a calendar link; its address is shown once, on the page after this."""
    code = request.form.get("participant", "")
    if code not in reader().participants:
        return _page({"participant": gettext("Choose one of the authorities you act for.")}), 422
    with writing() as uow:
        label = request.form.get("label", "").strip()[:100]
        made = make_link(uow, uow.directory.participants[code], label=label, official=str(person().id))
        uow.commit()
    session[NEW_LINK] = current_hub().sealer.seal(made.secret.encode()).decode()
    return redirect(url_for("profile.show", _anchor="calendar"), 303)


@profile.post("/profile/calendar-links/<link_id>/revoke")
def revoke_link(link_id: str) -> ResponseReturnValue:
    """Revoke a calendar link of the person's own."""
    try:
        wanted = UUID(link_id)
    except ValueError:
        raise NotFound("There is no such calendar link.") from None
    with writing() as uow:
        revoke_link_of(uow, person().id, wanted)
        uow.commit()
    return done(gettext("The calendar link is revoked; whoever has its address sees nothing any more."), "profile.show")


def _take_new_link() -> str:
    """The address of the link that was just made, this once."""
    sealed = session.pop(NEW_LINK, None)
    if sealed is None:
        return ""
    return f"{current().public_url}/calendar/{current_hub().sealer.unseal(sealed.encode()).decode()}.ics"


def _own_id() -> str:
    found = current_session().found
    return found.row.id if found else ""


def _languages() -> list[tuple[str, list[tuple[str, str]]]]:
    """Those that are whole first; the others say that they are partly translated."""
    offered = list(languages.LANGUAGES.items())
    return [
        (gettext("Completely translated"), [one for one in offered if languages.is_complete(one[0])]),
        (gettext("Partly translated"), [one for one in offered if not languages.is_complete(one[0])]),
    ]


def _topics() -> list[dict[str, Any]]:
    """What the person can be told, in its roles, with the choices there are."""
    held = {one.role for one in person().roles}
    return [
        {
            "name": topic,
            "label": profile_words.TOPICS[topic],
            "help": profile_words.TOPIC_HELP.get(topic, ""),
            "options": [(one, profile_words.FREQUENCIES[one]) for one in rule.choices],
            "value": frequency_of(person().official, topic),
        }
        for topic, rule in TOPICS.items()
        if not held.isdisjoint(rule.roles)
    ]
