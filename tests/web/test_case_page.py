"""The pages of a case and its notices: what officials see, may do, take away; in a bounded number of statements."""

from collections.abc import Iterator
from html import unescape
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient

from board_hub.domain.events import HUB
from board_hub.services.access import Role, reader_of
from board_hub.services.cases.bundle_check import check_bundle
from board_hub.services.cases.notice_reads import NoticeView, get_notice
from board_hub.services.operation.bootstrap import prepare
from board_hub.services.people.officials import Held
from tests.support.cases import issue
from tests.support.hub import FR, sqlite_settings
from tests.support.officials import add_official, form_token, sign_in
from tests.support.statements import counted_statements
from tests.web.case_scene import ESTONIA, GERMANY, PDF, CaseScene, open_scene, play_case
from tests.web.html import read_page

SECRET = "Between Paris and Tallinn"
ITALY = "IT-MSA"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaseScene]:
    """One case for all tests here: they look, or add what disturbs no other."""
    folder = tmp_path_factory.mktemp("case")
    hub = prepare(sqlite_settings(folder))
    scene = open_scene(hub, folder)
    play_case(scene)
    yield scene
    hub.engine.dispose()


@pytest.fixture(scope="module")
def app(scene: CaseScene) -> Flask:
    return scene.app()


def official(scene: CaseScene, app: Flask, code: str, role: Role = Role.CASE_HANDLER) -> FlaskClient:
    return sign_in(app, add_official(scene.hub, [Held(code, role)]))


@pytest.fixture(scope="module")
def france(scene: CaseScene, app: Flask) -> FlaskClient:
    return official(scene, app, FR)


@pytest.fixture(scope="module")
def germany(scene: CaseScene, app: Flask) -> FlaskClient:
    return official(scene, app, GERMANY)


def text_of(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return unescape(answer.get_data(as_text=True))


def post(client: FlaskClient, path: str, token_from: str, **values: str) -> tuple[int, bytes]:
    answer = client.post(path, data={"csrf_token": form_token(client, token_from), **values})
    return answer.status_code, answer.data


def view(scene: CaseScene, name: str, code: str = FR) -> NoticeView:
    envelope = scene.sent[name].envelope
    with scene.hub.work(HUB) as uow:
        reader = reader_of([uow.directory.participants[code]])
        return get_notice(uow, reader, envelope.source.rpartition(":")[2], envelope.id)


def test_the_page_says_where_the_case_stands_and_what_is_next(scene: CaseScene, app: Flask) -> None:
    page = text_of(official(scene, app, ESTONIA), f"/cases/{scene.case}")
    for words in (
        "Veridia Recruit",
        "Provider",
        "ICSMS-2026-4711",
        "Objection raised",
        "Objection to the provisional measure",
        "calendar not confirmed",
        "3 months later is Tue 2 Feb 2027",
        "your window is open",
        "type=art79-8-objection",
        SECRET,
    ):
        assert words in page, words
    told = read_page(page)
    assert len([one for one in told.headings if one[0] == 1]) == 1
    assert (told.unclosed, told.inline_scripts) == ([], 0)
    assert len(told.ids) == len(set(told.ids))
    assert "style" not in told.attributes


def test_what_is_not_for_a_reader_is_nowhere_on_its_page(scene: CaseScene, germany: FlaskClient) -> None:
    for path in (f"/cases/{scene.case}", f"/cases/{scene.case}?show=informal"):
        assert SECRET not in text_of(germany, path)
    foreign, absent = germany.get(scene.address("secret")), germany.get(f"/cases/{scene.case}/notices/FR-CNIL/nothing")
    assert foreign.status_code == absent.status_code == 404
    assert strip_id(foreign.data) == strip_id(absent.data)


def strip_id(page: bytes) -> bytes:
    """The page without the request's own id, which differs for each."""
    return b"\n".join(line for line in page.splitlines() if b"eference" not in line)


@pytest.mark.parametrize("path", ["/cases/AIB-2026-999999", "/cases/rubbish", "/cases/AIB-2026-000001%00"])
def test_a_case_one_does_not_know_is_not_found(france: FlaskClient, path: str) -> None:
    assert france.get(path).status_code == 404


@pytest.mark.parametrize("query", ["show=everything", "older=rubbish", "clocks=rubbish"])
def test_a_filter_with_rubbish_says_what_is_wrong(scene: CaseScene, france: FlaskClient, query: str) -> None:
    assert "Must be" in text_of(france, f"/cases/{scene.case}?{query}", 422)


def test_formal_and_informal_are_told_apart(scene: CaseScene, france: FlaskClient) -> None:
    question = "Which versions are on your market?"
    assert question in text_of(france, f"/cases/{scene.case}?show=informal")
    assert question not in text_of(france, f"/cases/{scene.case}?show=formal")
    assert "Withdrawn" in text_of(france, f"/cases/{scene.case}")


def test_who_only_reads_is_offered_nothing_to_write(scene: CaseScene, app: Flask) -> None:
    expert = official(scene, app, FR, Role.EXPERT)
    page = text_of(expert, f"/cases/{scene.case}")
    assert "/notices/new" not in page
    assert "Share this case" not in page
    assert "Withdraw it" not in text_of(expert, scene.address("measure"))
    assert post(expert, f"/cases/{scene.case}/share", f"/cases/{scene.case}", participant=ITALY)[0] == 403


def test_an_auditor_sees_no_content(scene: CaseScene, app: Flask) -> None:
    auditor = official(scene, app, "EU-AIO", Role.AUDITOR)
    for path in (f"/cases/{scene.case}", scene.address("measure"), scene.address("measure") + "/attachments/0"):
        assert auditor.get(path).status_code == 404


def test_a_notice_is_rendered_by_the_catalogue(scene: CaseScene, germany: FlaskClient) -> None:
    page = text_of(germany, scene.address("measure"))
    for words in ("Nature of the alleged non-compliance", "Requirement of Chapter III, Section 2 not met", "100 %"):
        assert words in page, words
    assert "art79-grounds" not in page


def test_what_is_withheld_is_shown_with_its_reason(scene: CaseScene, france: FlaskClient) -> None:
    reasons = {"supply_chain": {"status": "withheld", "reason": "An investigation is under way."}}
    partial = issue(scene.hub, scene.parties[ESTONIA], without=["supply_chain"], missing=reasons)
    page = text_of(france, f"/cases/{partial.case}/notices/{ESTONIA}/{partial.envelope.id}")
    assert "Withheld" in page
    assert "An investigation is under way." in page


def test_opening_a_notice_is_told_to_its_sender_once(scene: CaseScene, app: Flask, france: FlaskClient) -> None:
    spain = official(scene, app, "ES-MSA")
    text_of(spain, scene.address("measure"))
    first = {one.row.recipient: one.row.opened_at for one in view(scene, "measure").deliveries or ()}["ES-MSA"]
    assert first is not None
    scene.clock.move(minutes=5)
    text_of(spain, scene.address("measure"))
    assert {one.row.recipient: one.row.opened_at for one in view(scene, "measure").deliveries or ()}["ES-MSA"] == first
    assert "Every recipient, and who must act." in text_of(france, scene.address("measure"))


def test_a_recipient_sees_its_own_delivery_alone(scene: CaseScene, germany: FlaskClient) -> None:
    page = text_of(germany, scene.address("measure"))
    table = page[page.index('id="deliveries"') :]
    assert "its sender sees every recipient" in table
    assert "PT-MSA" not in table


def test_an_attachment_is_a_download_and_nothing_else(scene: CaseScene, germany: FlaskClient) -> None:
    answer = germany.get(scene.address("measure") + "/attachments/0")
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert (answer.content_type, answer.headers["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
    assert answer.content_length == len(PDF)


@pytest.mark.parametrize("place", ["1", "2", "99999999999999999999", "-1"])
def test_a_pointer_and_a_missing_attachment_are_not_found(scene: CaseScene, germany: FlaskClient, place: str) -> None:
    assert germany.get(f"{scene.address('measure')}/attachments/{place}").status_code == 404
    assert "3 place de Fontenoy" in text_of(germany, scene.address("measure"))


def test_the_evidence_that_is_taken_away_is_clean(scene: CaseScene, germany: FlaskClient) -> None:
    status, content = post(germany, f"/cases/{scene.case}/evidence", f"/cases/{scene.case}")
    assert status == 200
    report = check_bundle(content, [scene.hub.key.public_jwk()])
    assert report.clean, report.differences
    with ZipFile(BytesIO(content)) as archive:
        summary, readme = archive.read("summary.html").decode(), archive.read("README.txt").decode()
    assert "Which versions are on your market?" in summary
    assert scene.hub.key.thumbprint() in readme
    assert SECRET.encode() not in content


def test_sharing_a_case_asks_first_and_can_be_ended(scene: CaseScene, france: FlaskClient) -> None:
    case = f"/cases/{scene.case}"
    preview = text_of(france, f"{case}/share?participant={ITALY}")
    assert "Before" in preview
    assert "After" in preview
    assert post(france, f"{case}/share", case, participant=ITALY)[0] == 303
    assert f"{ITALY} is sent what is added" in text_of(france, case)
    assert "already" in text_of(france, f"{case}/share?participant={ITALY}")
    assert post(france, f"{case}/share/end", case, participant=ITALY)[0] == 303
    assert text_of(france, f"{case}/share?participant=XX-NOBODY", 422)


def test_a_notice_is_passed_on_by_its_sender_alone(scene: CaseScene, app: Flask, france: FlaskClient) -> None:
    message = scene.address("secret")
    assert official(scene, app, ESTONIA).get(f"{message}/share").status_code == 403
    assert "goes to one more participant" in text_of(france, f"{message}/share?participant=AT-MSA")
    assert post(france, f"{message}/share", message, participant="AT-MSA")[0] == 303
    assert "passed on later" in text_of(france, message)


def test_only_who_opened_a_case_shares_it(scene: CaseScene, germany: FlaskClient) -> None:
    case = f"/cases/{scene.case}"
    assert germany.get(f"{case}/share").status_code == 403
    assert post(germany, f"{case}/share", case, participant=ITALY)[0] == 403


def test_an_informal_message_can_be_made_formal(scene: CaseScene, france: FlaskClient) -> None:
    envelope = scene.sent["message"].envelope
    assert f"from={GERMANY}%2F{envelope.id}" in text_of(france, scene.address("message")).replace("/", "%2F")


def test_ten_times_the_notices_cost_the_same_statements(scene: CaseScene, app: Flask, tmp_path: Path) -> None:
    austria = official(scene, app, "AT-MSA")
    sender = scene.parties["AT-MSA"]
    case = issue(scene.hub, sender).case
    costs = []
    for more in (1, 10):
        for _ in range(more):
            issue(scene.hub, sender, "informal-message", subject=case, to=[GERMANY])
        text_of(austria, f"/cases/{case}")
        with counted_statements(scene.hub) as statements:
            text_of(austria, f"/cases/{case}")
        costs.append(len(statements))
    assert costs[0] == costs[1], costs
    assert costs[1] <= 45, costs
