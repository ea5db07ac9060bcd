"""Members, observers and their mandates: who represents whom until when, and who represents nobody yet."""

from datetime import date
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from board_hub.domain.errors import Invalid, NotFound
from board_hub.domain.mandates import MandateKind
from board_hub.services.people import mandates
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.tables import Member
from board_hub.web.languages import format_day
from board_hub.web.languages import gettext as _
from board_hub.web.pages import done, needs, reading, writing
from board_hub.web.secretariat.navigation import CLERKS, EVERYBODY, may, secretariat
from board_hub.web.secretariat.questions import Crumb, Question, ask, because
from board_hub.web.words import member_name

KINDS = tuple(MandateKind)


@secretariat.get("/members")
@needs(*EVERYBODY)
def members() -> str:
    """Every member with its present representative and alternates."""
    with reading() as uow:
        seats = mandates.list_seats(uow)
        ending = sorted(
            (one for one in mandates.list_mandates(uow) if one.is_ending), key=lambda one: one.mandate.ends_on
        )
    return render_template("secretariat/members.html", seats=seats, ending=ending)


@secretariat.get("/members/<code>")
@needs(*EVERYBODY)
def member(code: str) -> str:
    """One member's mandates, past ones too."""
    with reading() as uow:
        found = _member(uow, code)
        terms = mandates.list_mandates(uow, code)
        theirs = [one for one in uow.directory.participants.values() if one.member == code]
    return render_template(
        "secretariat/member.html", member=found, terms=terms, participants=theirs, can_change=may(*CLERKS)
    )


@secretariat.route("/members/<code>/mandates/add", methods=["GET", "POST"])
@needs(*CLERKS)
def add_mandate(code: str) -> ResponseReturnValue:
    """Note whom a member has designated."""
    with reading() as uow:
        found = _member(uow, code)
        begins_on = mandates.today(uow, code).isoformat()
    here = url_for("secretariat.member", code=code)

    def act() -> ResponseReturnValue:
        form = request.form
        with writing() as uow:
            made = mandates.add_mandate(
                uow,
                code,
                form.get("kind", ""),
                name=form.get("name", ""),
                email=form.get("email", ""),
                begins_on=_day("begins_on"),
                ends_on=_day("ends_on") if form.get("ends_on") else None,
            )
            uow.commit()
        return done(_("%(name)s is on record.", name=made.name), "secretariat.member", code=code)

    what = _(
        "The person acts for %(member)s from its next sign-in, with the address given here.",
        member=member_name(found.code),
    )
    return ask(
        Question(
            title=_("Add a mandate of %(member)s", member=member_name(found.code)),
            what=[what, _("A mandate lasts three years at most and is renewable once (Art 65(3)).")],
            yes=_("Add the mandate"),
            cancel=here,
            crumbs=_crumbs(found, (None, _("Add a mandate"))),
            current="secretariat.members",
            fields="secretariat/_mandate_fields.html",
            asks_why=False,
            values={"kind": "representative", "begins_on": begins_on},
        ),
        act,
    )


@secretariat.route("/mandates/<uuid:mandate_id>/renew", methods=["GET", "POST"])
@needs(*CLERKS)
def renew_mandate(mandate_id: UUID) -> ResponseReturnValue:
    """The second term of a mandate."""
    with reading() as uow:
        mandate = mandates.get_mandate(uow, mandate_id)
        found = _member(uow, mandate.member)

    def act() -> ResponseReturnValue:
        with writing() as uow:
            made = mandates.renew_mandate(
                uow, mandate_id, ends_on=_day("ends_on") if request.form.get("ends_on") else None
            )
            uow.commit()
        return done(_("Renewed until %(day)s.", day=format_day(made.ends_on)), "secretariat.member", code=found.code)

    begins = _(
        "The second term begins the day after %(day)s, when the first one ends.", day=format_day(mandate.ends_on)
    )
    return ask(
        Question(
            title=_("Renew the mandate of %(name)s", name=mandate.name),
            what=[begins, _("A mandate is renewable once (Art 65(3)).")],
            yes=_("Renew the mandate"),
            cancel=url_for("secretariat.member", code=found.code),
            crumbs=_crumbs(found, (None, _("Renew"))),
            current="secretariat.members",
            fields="secretariat/_renewal_fields.html",
            asks_why=False,
        ),
        act,
    )


@secretariat.route("/mandates/<uuid:mandate_id>/end", methods=["GET", "POST"])
@needs(*CLERKS)
def end_mandate(mandate_id: UUID) -> ResponseReturnValue:
    """End a mandate before its time."""
    with reading() as uow:
        mandate = mandates.get_mandate(uow, mandate_id)
        found, today = _member(uow, mandate.member), mandates.today(uow, mandate.member)

    def act() -> ResponseReturnValue:
        with writing() as uow:
            ended = mandates.end_mandate(uow, mandate_id, on=_day("on"), because=because())
            uow.commit()
        said = _("The mandate of %(name)s ends on %(day)s.", name=ended.name, day=format_day(ended.ends_on))
        return done(said, "secretariat.member", code=found.code)

    return ask(
        Question(
            title=_("End the mandate of %(name)s", name=mandate.name),
            what=[_("What the person may do for %(member)s ends with that day.", member=member_name(found.code))],
            yes=_("End the mandate"),
            cancel=url_for("secretariat.member", code=found.code),
            crumbs=_crumbs(found, (None, _("End"))),
            current="secretariat.members",
            kind="danger",
            fields="secretariat/_end_fields.html",
            values={"on": min(max(today, mandate.begins_on), mandate.ends_on).isoformat()},
        ),
        act,
    )


def _member(uow: UnitOfWork, code: str) -> Member:
    found = next((seat.member for seat in mandates.list_seats(uow) if seat.member.code == code), None)
    if found is None:
        raise NotFound("There is no such member.")
    return found


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        raise Invalid.one("field.invalid", f"/{name}", _("Give a day, such as 2026-03-31.")) from None


def _crumbs(found: Member, *more: Crumb) -> list[Crumb]:
    return [
        (url_for("secretariat.members"), _("Members and mandates")),
        (url_for("secretariat.member", code=found.code), member_name(found.code)),
        *more,
    ]
