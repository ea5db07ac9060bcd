"""Participants: the list, one with its keys, gaps and what waits for it; adding and changing one."""

from collections.abc import Sequence
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from board_hub.domain.deliveries import Transport
from board_hub.domain.envelope import HUB as HUB_CODE
from board_hub.domain.errors import Invalid
from board_hub.services.directory import directory, participant_changes
from board_hub.services.directory.directory_gaps import AudienceGap, list_gaps
from board_hub.services.exchange import broker_connections
from board_hub.services.exchange.delivery_changes import list_open_deliveries
from board_hub.services.operation import proposals
from board_hub.services.people.names import name_actors
from board_hub.store.tables import Participant
from board_hub.web.languages import LANGUAGES
from board_hub.web.languages import gettext as _
from board_hub.web.pages import done, needs, reading, writing
from board_hub.web.secretariat import words
from board_hub.web.secretariat.navigation import ADMINISTRATORS, EVERYBODY, LOOKERS, may, secretariat
from board_hub.web.secretariat.questions import Crumb, Question, ask
from board_hub.web.words import member_name

MOST_OWED = 50
KINDS = sorted(directory.KINDS - {"HUB"})


@secretariat.get("/participants")
@needs(*EVERYBODY)
def participants() -> str:
    """All participants: those who take part first asked for, by member, kind and status."""
    chosen = {name: request.args.get(name, "") for name in ("member", "kind", "status")}
    with reading() as uow:
        found = [one for one in uow.directory.participants.values() if one.code != HUB_CODE]
        keyless = {one.code for one in found if not _has_key(uow.directory.keys_of(one.code).values(), uow.now)}
    shown = [one for one in found if _matches(one, chosen)]
    return render_template(
        "secretariat/participants.html",
        participants=shown,
        total=len(found),
        keyless=keyless,
        chosen=chosen,
        members=sorted({one.member for one in found}),
        kinds=KINDS,
    )


def _matches(one: Participant, chosen: dict[str, str]) -> bool:
    status = chosen["status"]
    of_status = one.status == status if status else one.status != "removed"
    return of_status and chosen["member"] in ("", one.member) and (not chosen["kind"] or chosen["kind"] in one.kinds)


def _has_key(keys: Any, now: Any) -> bool:
    return any(key.revoked_at is None and (key.valid_until is None or key.valid_until > now) for key in keys)


@secretariat.get("/participants/<code>")
@needs(*EVERYBODY)
def participant(code: str) -> str:
    """One participant."""
    with reading() as uow:
        found, keys = directory.get_participant(uow, code), directory.list_keys(uow, code)
        waiting = proposals.list_about(uow, "participant", code)
        shown = {
            "gaps": _gaps(list_gaps(uow, found)),
            "connections": [
                one for one in broker_connections.list_connections(uow).values() if one.participant == code
            ],
            "owed": list_open_deliveries(uow, code, limit=MOST_OWED + 1) if may(*LOOKERS) else [],
            "names": name_actors(uow, [one.proposed_by for one in waiting]),
            "now": uow.now,
        }
    return render_template(
        "secretariat/participant.html",
        participant=found,
        keys=keys,
        waiting=waiting,
        most=MOST_OWED,
        is_hub=code == HUB_CODE,
        **shown,
    )


@secretariat.route("/participants/add", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def add_participant() -> ResponseReturnValue:
    """Add an organisation with a mailbox."""

    def act() -> ResponseReturnValue:
        code, transport = request.form.get("code", "").strip().upper(), request.form.get("transport", "")
        if transport not in set(Transport):
            raise Invalid.one("code.unknown", "/transport", _("Choose how it is reached."))
        facts = _facts()
        four_eyes = facts.pop("four_eyes")
        with writing() as uow:
            directory.add_participant(uow, code, transport=Transport(transport), **facts)
            uow.session.flush()
            participant_changes.change_participant(uow, code, four_eyes=four_eyes, **facts)
            uow.commit()
        said = _("%(code)s is added. It needs a key: propose the one that its system made.", code=code)
        return done(said, "secretariat.participant", code=code)

    return ask(
        Question(
            title=_("Add a participant"),
            what=[_("An organisation with a mailbox. Its code is used for life, and never for another one.")],
            yes=_("Add the participant"),
            cancel=url_for("secretariat.participants"),
            crumbs=crumbs_to(None, (None, _("Add"))),
            current="secretariat.participants",
            fields="secretariat/_participant_fields.html",
            asks_why=False,
            values=_choices() | {"is_new": True, "transport": "mailbox", "languages": "en"},
        ),
        act,
    )


@secretariat.route("/participants/<code>/change", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def change_participant(code: str) -> ResponseReturnValue:
    """Change what is known of a participant."""
    with reading() as uow:
        found = directory.get_participant(uow, code)

    def act() -> ResponseReturnValue:
        with writing() as uow:
            is_changed = participant_changes.change_participant(uow, code, **_facts())
            uow.commit()
        said = _("%(code)s is changed.", code=code) if is_changed else _("Nothing was changed.")
        return done(said, "secretariat.participant", code=code)

    facts = {name: getattr(found, name) for name in ("name", "contact", "four_eyes")}
    facts |= {"kinds": found.kind_codes, "languages": ", ".join(found.languages)}
    return ask(
        Question(
            title=_("Change %(code)s", code=code),
            what=[_("What changes is on record, and every process of the hub goes by it within a second.")],
            yes=_("Save"),
            cancel=url_for("secretariat.participant", code=code),
            crumbs=crumbs_to(code, (None, _("Change"))),
            current="secretariat.participants",
            fields="secretariat/_participant_fields.html",
            asks_why=False,
            values=_choices() | facts,
        ),
        act,
    )


def _gaps(found: Sequence[AudienceGap]) -> dict[str, list[str]]:
    """Where nobody is, by what is wanted there: many audiences want the same."""
    by_kind: dict[str, set[str]] = {}
    for one in found:
        wanted = " / ".join(str(words.KINDS.get(kind, kind)) for kind in one.gap.wanted)
        by_kind.setdefault(wanted, set()).add(member_name(one.gap.member))
    return {kind: sorted(places) for kind, places in sorted(by_kind.items())}


def crumbs_to(code: str | None, *more: Crumb) -> list[Crumb]:
    """The way to a participant's page, and on."""
    first: list[Crumb] = [(url_for("secretariat.participants"), _("Participants"))]
    if code:
        first.append((url_for("secretariat.participant", code=code), code))
    return [*first, *more]


def _facts() -> dict[str, Any]:
    form = request.form
    return {
        "name": form.get("name", ""),
        "kinds": form.getlist("kinds"),
        "languages": form.get("languages", "").replace(",", " ").lower().split(),
        "contact": form.get("contact", ""),
        "four_eyes": form.get("four_eyes") == "yes",
    }


def _choices() -> dict[str, Any]:
    return {"all_kinds": KINDS, "all_languages": list(LANGUAGES), "kinds": request.form.getlist("kinds")}
