"""Every page × every role × an own, a foreign and an absent object: made from the route table, none left out."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from board_hub.domain.envelope import encode
from board_hub.domain.events import HUB
from board_hub.law.examples import example_notice
from board_hub.services.access import Role
from board_hub.services.operation.bootstrap import prepare
from board_hub.services.people.officials import Held, Person
from board_hub.services.unit_of_work import Hub
from board_hub.store.desk_tables import Draft, SavedView
from board_hub.web.pages import is_page, needs_of
from board_hub.wsgi import create_app, register_blueprints
from tests.support.hub import AIO, DE, EE, FR, catalogue_of, envelope, join_four, send, sqlite_settings
from tests.support.officials import add_official, form_token, sign_in

PEOPLE: dict[str, tuple[Held, ...]] = {
    "handler of the addressee": (Held(DE, Role.CASE_HANDLER),),
    "expert of the addressee": (Held(DE, Role.EXPERT),),
    "representative of the sender": (Held(FR, Role.REPRESENTATIVE),),
    "alternate of the sender": (Held(FR, Role.ALTERNATE),),
    "handler of another authority": (Held(EE, Role.CASE_HANDLER),),
    "officer of the secretariat": (Held(AIO, Role.SECRETARIAT_OFFICER),),
    "administrator": (Held(AIO, Role.SECRETARIAT_ADMINISTRATOR),),
    "auditor": (Held(AIO, Role.AUDITOR),),
}
READERS = {"handler of the addressee", "expert of the addressee", "representative of the sender"}
READERS |= {"alternate of the sender"}
OWNER = "handler of the addressee"
OF_A_CASE = {"reference", "source", "message_id"}
"""Arguments that name something of a case: who is not addressed must not learn that it exists."""
OF_A_PERSON = {"draft_id", "view_id"}
ABSENT: dict[str, object] = {"reference": "AIB-2026-999999", "source": FR, "step": "close"}
ABSENT |= {"place": 0, "number": 1, "year": 2026}


@dataclass
class Stage:
    """The application with a notice from France to Germany alone, and what a German handler has on the desk."""

    app: Flask
    hub: Hub
    people: dict[str, Person]
    own: dict[str, object]
    clients: dict[str, FlaskClient] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def client(self, who: str) -> FlaskClient:
        if who not in self.clients:
            self.clients[who] = sign_in(self.app, self.people[who])
            self.tokens[who] = form_token(self.clients[who], "/profile")
        return self.clients[who]

    def call(self, who: str | None, rule: Rule, method: str, values: Mapping[str, object]) -> TestResponse:
        with self.app.test_request_context():
            adapter = self.app.url_map.bind("localhost")
            path = adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments})
        client = self.client(who) if who else self.app.test_client()
        data = {"csrf_token": self.tokens[who]} if who and method == "POST" else None
        return client.open(path, method=method, data=data)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("matrix")
    settings = replace(sqlite_settings(folder), public_url="http://localhost")
    hub = prepare(settings)
    parties = join_four(hub)
    data = example_notice(catalogue_of(hub), "msr22-request", sender=FR) | {"to": [DE]}
    sent = envelope(FR, data=data)
    body = encode(sent)
    outcome = send(hub, parties[FR].arrival(body))
    assert outcome.accepted, outcome.flaws
    people = {who: add_official(hub, roles, name=who.title()) for who, roles in PEOPLE.items()}
    own: dict[str, object] = {"reference": "AIB-2026-000001", "source": FR, "message_id": sent.id, "place": 0}
    own |= {"number": 1, "year": 2026, "code": FR, "shown_as": "FR"} | _desk(hub, people[OWNER].id)
    yield Stage(create_app(settings, hub), hub, people, own)
    hub.engine.dispose()


def _desk(hub: Hub, owner: Any) -> dict[str, object]:
    """A draft and a saved view of the owner."""
    with hub.work(HUB) as uow:
        draft = Draft(
            participant=DE,
            notice_type="msr22-answer",
            law_version=max(hub.catalogues),
            created_by=owner,
            created_at=uow.now,
            changed_by=owner,
            changed_at=uow.now,
        )
        view = SavedView(official_id=owner, page="cases", name="Mine", query="", created_at=uow.now)
        uow.session.add_all([draft, view])
        uow.commit()
        return {"draft_id": draft.id, "view_id": view.id}


def _rules() -> list[tuple[Rule, str]]:
    """Every page's rule with each of its methods, from an application that needs no database."""
    app = Flask("rules")
    register_blueprints(app)
    rules = sorted((rule for rule in app.url_map.iter_rules() if is_page(app, rule.endpoint)), key=str)
    return [(rule, method) for rule in rules for method in sorted((rule.methods or set()) & {"GET", "POST"})]


RULES = [pytest.param(rule, method, id=f"{method} {rule.rule}") for rule, method in _rules()]


def _absent(rule: Rule) -> dict[str, object]:
    """Values that name nothing: well formed where the address demands it."""
    return {name: ABSENT[name] if name in ABSENT else str(uuid4()) for name in rule.arguments}


def _own(stage: Stage, rule: Rule) -> dict[str, object]:
    return _absent(rule) | {name: value for name, value in stage.own.items() if name in rule.arguments}


def _same_bytes(answer: TestResponse) -> str:
    """The page without what differs at every request: its id, and the tokens in its forms."""
    text = re.sub(r'name="csrf_token" value="[^"]+"', "", answer.get_data(as_text=True))
    return text.replace(answer.headers["X-Request-Id"], "")


def _is_let_in(stage: Stage, who: str, rule: Rule) -> bool:
    wanted = needs_of(stage.app, rule.endpoint)
    return not wanted or any(one.role in wanted for one in PEOPLE[who])


@pytest.mark.parametrize(("rule", "method"), RULES)
def test_a_stranger_gets_nowhere(stage: Stage, rule: Rule, method: str) -> None:
    answer = stage.call(None, rule, method, _own(stage, rule))
    if needs_of(stage.app, rule.endpoint) is None:
        assert answer.status_code < 500
    elif method == "GET":
        assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/login")
    else:  # without a session there is no token either; some pages keep what was written, to be sent again
        assert answer.status_code in (303, 400, 401, 403)


@pytest.mark.parametrize(("rule", "method"), RULES)
def test_a_role_opens_what_it_needs_and_nothing_else(stage: Stage, rule: Rule, method: str) -> None:
    if needs_of(stage.app, rule.endpoint) is None:
        return
    for who in PEOPLE:
        answer = stage.call(who, rule, method, _absent(rule))
        if _is_let_in(stage, who, rule):
            assert answer.status_code not in (401, 500, 503), who
        else:
            assert answer.status_code == 403, who


@pytest.mark.parametrize(
    ("rule", "method"), [one for one in RULES if one.values[0].arguments & (OF_A_CASE | OF_A_PERSON)]
)
def test_what_is_not_addressed_to_one_is_as_if_it_did_not_exist(stage: Stage, rule: Rule, method: str) -> None:
    may = {OWNER} if rule.arguments & OF_A_PERSON else READERS
    for who in set(PEOPLE) - may:
        if rule.endpoint.startswith("secretariat.") or not _is_let_in(stage, who, rule):
            continue
        foreign = stage.call(who, rule, method, _own(stage, rule))
        absent = stage.call(who, rule, method, _absent(rule))
        assert (who, foreign.status_code, absent.status_code) == (who, 404, 404)
        assert _same_bytes(foreign) == _same_bytes(absent), who


@pytest.mark.parametrize(("rule", "method"), [one for one in RULES if one.values[1] == "GET"])
def test_who_it_is_addressed_to_is_served(stage: Stage, rule: Rule, method: str) -> None:
    if rule.endpoint.startswith("secretariat.") or needs_of(stage.app, rule.endpoint) is None:
        return
    if "place" in rule.arguments:
        return  # the notice has no attachment
    answer = stage.call(OWNER, rule, method, _own(stage, rule))
    assert answer.status_code in (200, 303, 304, 422), answer.get_data(as_text=True)[:300]


@pytest.mark.parametrize(("rule", "method"), [one for one in RULES if one.values[1] == "POST"])
def test_no_form_is_taken_without_its_token(stage: Stage, rule: Rule, method: str) -> None:
    with stage.app.test_request_context():
        values = _own(stage, rule)
        path = stage.app.url_map.bind("localhost").build(rule.endpoint, {name: values[name] for name in rule.arguments})
    for who in ("handler of the addressee", "administrator"):
        answer = stage.client(who).post(path)
        assert answer.status_code in (400, 403, 404, 409), who


def test_an_official_without_a_role_is_not_let_in(stage: Stage) -> None:
    nobody = add_official(stage.hub, (), name="No Role")
    assert sign_in(stage.app, nobody).get("/cases").status_code == 303


def test_the_matrix_leaves_no_page_out(stage: Stage) -> None:
    live = {(rule.rule, rule.endpoint) for rule in stage.app.url_map.iter_rules() if is_page(stage.app, rule.endpoint)}
    assert live == {(rule.rule, rule.endpoint) for rule, _ in _rules()}
