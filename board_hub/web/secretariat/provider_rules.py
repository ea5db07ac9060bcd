"""What a provider's claims give, for the secretariat: rules, and a dry run of them on claims."""

from collections.abc import Callable, Mapping
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from board_hub.domain import strict_json
from board_hub.domain.errors import Flaw, Invalid, NotFound
from board_hub.services.operation import provider_steps as steps
from board_hub.services.people import providers as services
from board_hub.services.people import sign_ins
from board_hub.services.people.claims import ROLES, Verdict
from board_hub.web.languages import gettext as _
from board_hub.web.pages import done, needs, reading, writing
from board_hub.web.parameters import read_uuid
from board_hub.web.secretariat.navigation import ADMINISTRATORS, secretariat
from board_hub.web.secretariat.providers import HERE, crumbs
from board_hub.web.secretariat.questions import Question, ask, ask_to_propose
from board_hub.web.secretariat.words import ROLES as ROLE_WORDS

Judge = Callable[[Mapping[str, object]], Verdict]


@secretariat.route("/providers/<code>/rules/add", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def add_rule(code: str) -> ResponseReturnValue:
    """Propose a rule."""
    with reading() as uow:
        found = services.get_provider(uow, code)
        mine = [(one.code, one.name) for one in uow.directory.participants.values() if one.member == found.member]
    what = [
        _("Whoever brings this value in this claim acts for the participant in the role."),
        _("Representatives and alternates need a mandate in force besides: it is found by the e-mail address."),
    ]
    return ask_to_propose(
        Question(
            title=_("Add a rule of %(name)s", name=found.name),
            what=what,
            cancel=url_for("secretariat.provider", code=code),
            crumbs=crumbs((url_for("secretariat.provider", code=code), found.name), (None, _("Add a rule"))),
            current=HERE,
            fields="secretariat/_rule_fields.html",
            values={"claim": "groups", "participants": mine, "roles": [(str(one), ROLE_WORDS[one]) for one in ROLES]},
        ),
        steps.RULE_ADDED,
        lambda _uow: steps.add_rule(code, **_entered()),
    )


@secretariat.route("/providers/<code>/rules/<uuid:rule_id>/remove", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def remove_rule(code: str, rule_id: UUID) -> ResponseReturnValue:
    """Remove a rule."""
    with reading() as uow:
        found = services.get_provider(uow, code)
        rule = next((one for one in services.list_rules(uow, code) if one.id == rule_id), None)
    if rule is None:
        raise NotFound("There is no such rule.")

    def act() -> ResponseReturnValue:
        with writing() as uow:
            services.remove_rule(uow, code, rule_id)
            uow.commit()
        return done(_("The rule is removed."), "secretariat.provider", code=code)

    said = _("%(claim)s = %(value)s no longer gives this role.", claim=rule.claim, value=rule.value)
    return ask(
        Question(
            title=_("Remove a rule of %(name)s", name=found.name),
            what=[said, _("Whoever has the role by this rule alone loses it when the provider is asked again.")],
            yes=_("Remove the rule"),
            cancel=url_for("secretariat.provider", code=code),
            crumbs=crumbs((url_for("secretariat.provider", code=code), found.name), (None, _("Remove a rule"))),
            current=HERE,
            kind="danger",
            asks_why=False,
        ),
        act,
    )


@secretariat.route("/providers/<code>/try", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def try_claims(code: str) -> ResponseReturnValue:
    """Which rules would match, and what they would give: a dry run, on pasted claims or on those of an attempt."""
    text, verdict = request.form.get("claims", ""), None
    flaws: tuple[Flaw, ...] = ()
    with reading() as uow:
        found = services.get_provider(uow, code)
        if request.method == "GET" and (attempt := read_uuid("attempt")) is not None:
            kept = sign_ins.get_sign_in(uow, attempt).claims.get("values", {})
            text = strict_json.encode(kept).decode()
        if text:
            verdict, flaws = _try(lambda claims: sign_ins.try_claims(uow, found, claims), text)
    page = render_template("secretariat/try.html", provider=found, text=text, verdict=verdict, flaws=flaws)
    return (page, 422) if flaws else page


def _entered() -> dict[str, str]:
    form = request.form
    typed = {name: form.get(name, "").strip() for name in ("claim", "value")}
    return typed | {name: form.get(name, "") for name in ("participant", "role")}


def _try(judge: Judge, text: str) -> tuple[Verdict | None, tuple[Flaw, ...]]:
    try:
        return judge(strict_json.decode(text.encode("utf-8", "replace"))), ()
    except Invalid as refusal:
        return None, refusal.flaws
