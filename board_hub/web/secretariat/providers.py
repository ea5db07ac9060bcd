"""Identity providers for the secretariat: which there are, how each stands; what gives power is proposed here."""

from collections.abc import Sequence

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from board_hub.domain.openid import ALGORITHMS, SignInRefused
from board_hub.http.current import current
from board_hub.http.openid.clients import callback_address, client_of
from board_hub.services.operation import proposals
from board_hub.services.operation import provider_steps as steps
from board_hub.services.people import providers as services
from board_hub.services.people.names import name_actors
from board_hub.services.people.providers import AUTHENTICATIONS, ProviderDraft
from board_hub.store.people_tables import IdentityProvider
from board_hub.web.languages import gettext as _
from board_hub.web.pages import done, needs, reading, writing
from board_hub.web.secretariat.navigation import ADMINISTRATORS, secretariat
from board_hub.web.secretariat.questions import Crumb, Question, ask, ask_to_propose

HERE = "secretariat.providers"
NEW = {"is_new": True, "scopes": "openid profile email", "algorithms": "ES256", "most_age": 0}
"""What the form of a new provider shows at first."""


@secretariat.get("/providers")
def providers() -> str:
    """All identity providers."""
    with reading() as uow:
        known, last = services.list_providers(uow), services.last_successes(uow)
    return render_template("secretariat/providers.html", providers=known, last=last)


@secretariat.get("/providers/<code>")
def provider(code: str) -> str:
    """One identity provider and its rules."""
    return _show(code)


@secretariat.post("/providers/<code>/check")
@needs(*ADMINISTRATORS)
def check_provider(code: str) -> str:
    """Ask the provider for its metadata and keys now, and show what it says."""
    with reading() as uow:
        found = services.get_provider(uow, code)
    try:
        return _show(code, checked=client_of(found).check())
    except SignInRefused as refusal:
        return _show(code, problem=str(refusal))


@secretariat.route("/providers/add", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def add_provider() -> ResponseReturnValue:
    """Propose an identity provider."""
    what = [_("It vouches for officials of one member. What it has to know of the hub is shown afterwards.")]
    return ask_to_propose(
        Question(
            title=_("Add an identity provider"),
            what=what,
            cancel=url_for(HERE),
            crumbs=crumbs((None, _("Add"))),
            current=HERE,
            fields="secretariat/_provider_fields.html",
            values=_choices() | NEW,
        ),
        steps.PROVIDER_ADDED,
        lambda uow: steps.add_provider(
            uow, request.form.get("code", ""), _draft(issuer=request.form.get("issuer", ""))
        ),
    )


@secretariat.route("/providers/<code>/change", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def change_provider(code: str) -> ResponseReturnValue:
    """Propose to change an identity provider."""
    with reading() as uow:
        found = services.get_provider(uow, code)
    what = [
        _("The code and the issuer stay: they say who the people are that signed in."),
        _("The change is in force from the first sign-in after the confirmation."),
    ]
    return ask_to_propose(
        Question(
            title=_("Change %(name)s", name=found.name),
            what=what,
            cancel=url_for("secretariat.provider", code=code),
            crumbs=crumbs((url_for("secretariat.provider", code=code), found.name), (None, _("Change"))),
            current=HERE,
            fields="secretariat/_provider_fields.html",
            values=_choices() | _values(found),
        ),
        steps.PROVIDER_CHANGED,
        lambda uow: steps.change_provider(uow, code, _draft()),
    )


@secretariat.route("/providers/<code>/close", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def close_provider(code: str) -> ResponseReturnValue:
    """Close an identity provider, which ends the sessions it vouched for: that needs one person."""
    with reading() as uow:
        found = services.get_provider(uow, code)

    def act() -> ResponseReturnValue:
        with writing() as uow:
            services.change_provider(uow, code, ProviderDraft(active=False))
            uow.commit()
        return done(_("Nobody signs in by it any more."), "secretariat.provider", code=code)

    what = [
        _("Everybody who signed in by it is signed out with the next click, and nobody can sign in by it."),
        _("It happens at once. To open it again takes two administrators."),
    ]
    return ask(
        Question(
            title=_("Close %(name)s", name=found.name),
            what=what,
            yes=_("Close the provider"),
            cancel=url_for("secretariat.provider", code=code),
            crumbs=crumbs((url_for("secretariat.provider", code=code), found.name), (None, _("Close"))),
            current=HERE,
            kind="danger",
            asks_why=False,
        ),
        act,
    )


@secretariat.route("/providers/<code>/open", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def reopen_provider(code: str) -> ResponseReturnValue:
    """Propose to open a closed identity provider again."""
    with reading() as uow:
        found = services.get_provider(uow, code)
    return ask_to_propose(
        Question(
            title=_("Open %(name)s again", name=found.name),
            what=[_("People may sign in by it again, as its rules say.")],
            cancel=url_for("secretariat.provider", code=code),
            crumbs=crumbs((url_for("secretariat.provider", code=code), found.name), (None, _("Open again"))),
            current=HERE,
        ),
        steps.PROVIDER_REOPENED,
        lambda _uow: steps.reopen_provider(code),
    )


def crumbs(*more: Crumb) -> Sequence[Crumb]:
    return [(url_for(HERE), _("Identity providers")), *more]


def _show(code: str, **more: object) -> str:
    with reading() as uow:
        found = services.get_provider(uow, code)
        rules, last = services.list_rules(uow, code), services.last_successes(uow).get(code)
        waiting = proposals.list_about(uow, "provider", code)
        names = name_actors(uow, [one.proposed_by for one in waiting])
    base = current().public_url
    addresses = {
        _("Redirect URI"): callback_address(base, code),
        _("Redirect URI after signing out"): f"{base}{url_for('login.signed_out')}",
        _("Back-channel logout URI"): f"{base}{url_for('backchannel.end_sessions', code=code)}",
        _("The hub’s public keys"): f"{base}/.well-known/jwks.json",
    }
    told = {"checked": None, "problem": "", "waiting": waiting, "names": names, **more}
    return render_template(
        "secretariat/provider.html", provider=found, rules=rules, last=last, addresses=addresses, **told
    )


def _choices() -> dict[str, object]:
    return {"authentications": AUTHENTICATIONS, "known_algorithms": ALGORITHMS}


def _values(found: IdentityProvider) -> dict[str, object]:
    """What the form shows; the secret never comes out again."""
    shown = found.model_dump(include={"name", "client_id", "authentication", "scopes", "most_age"})
    return shown | {
        "acr_values": "\n".join(found.acr_values),
        "algorithms": " ".join(found.algorithms),
        "claim_name": found.claims.get("name", ""),
        "claim_email": found.claims.get("email", ""),
    }


def _draft(issuer: str | None = None) -> ProviderDraft:
    form = {name: text.strip() for name, text in request.form.items()}
    claims = {ours: form.get(f"claim_{ours}", "") for ours in services.NAMES}
    age = form.get("most_age") or "0"
    return ProviderDraft(
        name=form.get("name", ""),
        issuer=issuer.strip() if issuer is not None else None,
        client_id=form.get("client_id", ""),
        authentication=form.get("authentication", ""),
        secret=form.get("secret") or None,
        scopes=form.get("scopes", ""),
        acr_values=form.get("acr_values", "").split(),
        algorithms=form.get("algorithms", "").split(),
        claims={ours: theirs for ours, theirs in claims.items() if theirs},
        most_age=int(age) if age.isascii() and age.isdigit() and len(age) < 9 else -1,
    )
