"""What gives an identity provider power takes two administrators; what takes it away takes one, at once."""

import json
from base64 import b64decode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.events import HUB
from board_hub.services.operation import proposals
from board_hub.services.people import providers
from board_hub.services.people.providers import ProviderDraft
from board_hub.store.desk_tables import Proposal
from board_hub.store.people_tables import IdentityProvider
from board_hub.store.tables import EvidenceLeaf
from tests.support.hub import AIO, FR
from tests.support.officials import SECRETARIAT, add_official, sign_in
from tests.support.provider import HIGH, SUBSTANTIAL
from tests.web.secretariat.forms import follow, take
from tests.web.signing_in.conftest import Stage, stage

__all__ = ["stage"]

P = "/secretariat/providers"
WHY = {"because": "Agreed with the member on 3 March."}
NEW = {
    "code": "IT",
    "issuer": "https://login.example.it",
    "name": "Login of Italy",
    "client_id": "board-hub",
    "authentication": "private_key_jwt",
    "acr_values": f"{SUBSTANTIAL}\n{HIGH}",
    "algorithms": "ES256 PS256",
    "scopes": "openid profile",
    "most_age": "0",
    "claim_email": "mail",
    **WHY,
}
AS_IT_IS = {
    "name": "Login of FR",
    "client_id": "board-hub",
    "authentication": "private_key_jwt",
    "acr_values": f"{SUBSTANTIAL}\n{HIGH}",
    "algorithms": "ES256",
    "scopes": "openid profile email",
    "most_age": "0",
    **WHY,
}
BY_SECRET = AS_IT_IS | {"authentication": "client_secret_post", "secret": "hush-hush"}
RULE = {"claim": "groups", "value": "boss", "participant": FR, "role": "expert", **WHY}


@pytest.fixture
def ada(stage: Stage) -> FlaskClient:
    """An administrator's browser."""
    return sign_in(stage.app, add_official(stage.hub, SECRETARIAT, name="Ada Byron"))


@pytest.fixture
def ben(stage: Stage) -> FlaskClient:
    """Another administrator's browser."""
    return sign_in(stage.app, add_official(stage.hub, SECRETARIAT, name="Ben Franklin"))


def provider_of(stage: Stage, code: str = "FR") -> IdentityProvider:
    with stage.hub.work(HUB) as uow:
        return providers.get_provider(uow, code)


def codes(stage: Stage) -> set[str]:
    with stage.hub.work(HUB) as uow:
        return {one.code for one in providers.list_providers(uow)}


def values_of_rules(stage: Stage) -> set[str]:
    with stage.hub.work(HUB) as uow:
        return {one.value for one in providers.list_rules(uow, "FR")}


def proposed(stage: Stage) -> list[Proposal]:
    with stage.hub.work(HUB) as uow:
        return list(uow.session.execute(select(Proposal).order_by(col(Proposal.id))).scalars())


def close(stage: Stage) -> None:
    stage.change(lambda uow: providers.change_provider(uow, "FR", ProviderDraft(active=False)))


# --- in twos ---------------------------------------------------------------------------------------------------------


def test_one_administrator_alone_adds_no_provider(stage: Stage, ada: FlaskClient) -> None:
    answer = take(ada, f"{P}/add", **NEW)
    page = follow(ada, answer)
    assert "You proposed this" in page
    for fact in ("https://login.example.it", f"{SUBSTANTIAL}, {HIGH}", "ES256, PS256", "email: mail", "By its own key"):
        assert fact in page
    refused = take(ada, f"{answer.location}/confirm", 403)
    assert "another administrator has to confirm it" in refused.text
    assert "IT" not in codes(stage)
    assert ada.get(f"{P}/IT").status_code == 404
    assert stage.app.test_client().get("/login/IT").status_code == 404


def test_a_second_one_confirms_a_provider_and_it_is_there(stage: Stage, ada: FlaskClient, ben: FlaskClient) -> None:
    proposal = take(ada, f"{P}/add", **NEW).location
    assert "Provider IT is added" in follow(ben, take(ben, f"{proposal}/confirm"))
    assert "http://127.0.0.1:8080/login/IT/callback" in ada.get(f"{P}/IT").text
    added = provider_of(stage, "IT")
    assert (added.acr_values, added.algorithms, added.claims) == (
        [SUBSTANTIAL, HIGH],
        ["ES256", "PS256"],
        {"email": "mail"},
    )
    assert "confirmed already" in take(ben, f"{proposal}/confirm", 409).text


def test_a_change_waits_and_is_shown_on_the_providers_page(stage: Stage, ada: FlaskClient, ben: FlaskClient) -> None:
    proposal = take(ada, f"{P}/FR/change", **AS_IT_IS | {"name": "Login of France", "acr_values": HIGH}).location
    assert provider_of(stage).name == "Login of FR"
    page = ben.get(f"{P}/FR").text
    assert "Waits for a second person" in page
    assert proposal in page
    assert proposal not in ben.get(f"{P}/DE").text
    take(ada, f"{proposal}/confirm", 403)
    take(ben, f"{proposal}/confirm")
    assert (provider_of(stage).name, provider_of(stage).acr_values) == ("Login of France", [HIGH])
    assert proposal not in ben.get(f"{P}/FR").text


def test_a_change_says_what_becomes_otherwise_and_leaves_the_rest(
    stage: Stage, ada: FlaskClient, ben: FlaskClient
) -> None:
    renaming = take(ada, f"{P}/FR/change", **AS_IT_IS | {"name": "Login of France"}).location
    (waiting,) = proposed(stage)
    assert waiting.content == {"provider": "FR", "name": "Login of France"}
    stage.change(lambda uow: providers.change_provider(uow, "FR", ProviderDraft(scopes="openid")))
    take(ben, f"{renaming}/confirm")
    assert (provider_of(stage).name, provider_of(stage).scopes) == ("Login of France", "openid")
    nothing = AS_IT_IS | {"name": "Login of France", "scopes": "openid"}
    assert "changes nothing" in take(ada, f"{P}/FR/change", 409, **nothing).text


def test_a_closed_provider_is_opened_by_two(stage: Stage, ada: FlaskClient, ben: FlaskClient) -> None:
    close(stage)
    proposal = take(ada, f"{P}/FR/open", **WHY).location
    take(ada, f"{proposal}/confirm", 403)
    assert stage.app.test_client().get("/login/FR").status_code == 503
    take(ben, f"{proposal}/confirm")
    assert stage.signed_in().get("/").status_code == 200
    assert "open already" in take(ada, f"{P}/FR/open", 409, **WHY).text


def test_one_administrator_alone_adds_no_rule(stage: Stage, ada: FlaskClient, ben: FlaskClient) -> None:
    stage.fr.person["groups"] = ["boss"]
    proposal = take(ada, f"{P}/FR/rules/add", **RULE).location
    page = ben.get(proposal).text
    assert "boss" in page
    assert "Expert" in page
    take(ada, f"{proposal}/confirm", 403)
    assert "boss" not in values_of_rules(stage)
    assert stage.who_signs_in() is None
    take(ben, f"{proposal}/confirm")
    assert "boss" in values_of_rules(stage)
    assert stage.who_signs_in() is not None
    take(ada, f"{P}/FR/rules/add", 409, **RULE)


def test_a_rule_that_waits_is_shown_by_provider_and_participant(stage: Stage, ada: FlaskClient) -> None:
    proposal = take(ada, f"{P}/FR/rules/add", **RULE).location
    for path in (f"{P}/FR", f"/secretariat/participants/{FR}"):
        assert proposal in ada.get(path).text, path


def test_a_declined_provider_is_never_added(stage: Stage, ada: FlaskClient, ben: FlaskClient) -> None:
    proposal = take(ada, f"{P}/add", **NEW).location
    take(ben, f"{proposal}/decline", because="Nobody in Italy knows of it.")
    take(ben, f"{proposal}/confirm", 409)
    assert "IT" not in codes(stage)


def test_what_has_changed_meanwhile_is_checked_again(stage: Stage, ada: FlaskClient, ben: FlaskClient) -> None:
    first = take(ada, f"{P}/add", **NEW).location
    second = take(ada, f"{P}/add", **NEW | {"code": "IT-TWO"}).location
    take(ben, f"{first}/confirm")
    take(ben, f"{second}/confirm", 422)
    assert codes(stage) == {"DE", "EU", "FR", "IT"}
    assert [one.state for one in proposed(stage)] == ["confirmed", "open"]


# --- the secret ------------------------------------------------------------------------------------------------------


def test_a_secret_is_nowhere_in_clear_and_works_once_confirmed(
    stage: Stage, ada: FlaskClient, ben: FlaskClient
) -> None:
    proposal = take(ada, f"{P}/FR/change", **BY_SECRET).location
    (waiting,) = proposed(stage)
    sealed = waiting.content[proposals.SEALED]
    assert "hush-hush" not in json.dumps(waiting.content)
    assert stage.hub.sealer.unseal(b64decode(sealed)) == b"hush-hush"
    for page in (ben.get(proposal).text, ben.get(f"{proposal}/confirm").text, ben.get(f"{P}/FR/change").text):
        assert "hush-hush" not in page
        assert sealed not in page
    assert "changed" in ben.get(proposal).text
    take(ben, f"{proposal}/confirm")
    stage.signed_in()
    assert stage.fr.forms[-1]["client_secret"] == "hush-hush"
    with stage.hub.work(HUB) as uow:
        entries = list(uow.session.execute(select(EvidenceLeaf.entry)).scalars())
    told = [entry for entry in map(str, entries) if "provider:changed" in entry]
    assert '"secret":"changed"' in told[-1].replace(" ", "")
    assert not [entry for entry in map(str, entries) if "hush-hush" in entry or sealed in entry]


@pytest.mark.parametrize("decision", ["confirm", "decline"])
def test_a_proposal_keeps_no_secret_after_the_decision(
    stage: Stage, ada: FlaskClient, ben: FlaskClient, decision: str
) -> None:
    proposal = take(ada, f"{P}/FR/change", **BY_SECRET).location
    take(ben, f"{proposal}/{decision}", **WHY)
    (over,) = proposed(stage)
    assert over.content[proposals.SEALED] == ""
    assert "changed" in ben.get(proposal).text


# --- what the proposer is told ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("code", "Italy"),
        ("code", "XX"),
        ("issuer", "http://login.example.it"),
        ("name", ""),
        ("client_id", ""),
        ("acr_values", ""),
        ("algorithms", "none"),
        ("algorithms", "HS256"),
        ("scopes", "profile"),
        ("most_age", "-5"),
        ("most_age", "x"),
        ("because", ""),
    ],
)
def test_a_wrong_field_is_named_and_what_was_typed_stays(stage: Stage, ada: FlaskClient, name: str, value: str) -> None:
    answer = take(ada, f"{P}/add", 422, **(NEW | {name: value}))
    assert f'href="#{name}"' in answer.text
    assert "login.example.it" in answer.text
    assert proposed(stage) == []


def test_a_wrong_change_is_told_at_its_field_and_leaves_no_trace(stage: Stage, ada: FlaskClient) -> None:
    wrong = take(ada, f"{P}/FR/change", 422, **AS_IT_IS | {"authentication": "client_secret_post", "name": ""})
    assert 'href="#secret"' in wrong.text
    assert 'href="#name"' in wrong.text
    assert proposed(stage) == []
    assert provider_of(stage).name == "Login of FR"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"participant": AIO}, "participant"),
        ({"role": "secretariat_administrator"}, "participant"),
        ({"role": "system"}, "participant"),
        ({"value": ""}, "value"),
    ],
)
def test_a_rule_that_cannot_be_is_told_at_its_field(
    stage: Stage, ada: FlaskClient, wrong: dict[str, str], field: str
) -> None:
    assert f'href="#{field}"' in take(ada, f"{P}/FR/rules/add", 422, **RULE | wrong).text
    assert proposed(stage) == []


# --- by one, at once -------------------------------------------------------------------------------------------------


def test_closing_a_provider_needs_one_person_and_ends_its_sessions(stage: Stage, ada: FlaskClient) -> None:
    client = stage.signed_in()
    assert "Closed" in follow(ada, take(ada, f"{P}/FR/close"))
    assert client.get("/").status_code == 303
    assert stage.app.test_client().get("/login/FR").status_code == 503


def test_removing_a_rule_needs_one_person(stage: Stage, ada: FlaskClient) -> None:
    with stage.hub.work(HUB) as uow:
        (rule,) = providers.list_rules(uow, "FR")
    address = f"{P}/FR/rules/{rule.id}/remove"
    follow(ada, take(ada, address))
    assert values_of_rules(stage) == set()
    assert ada.get(address).status_code == 404
