"""High-value steps need a second person, are carried out once, and end when nobody decides."""

import threading
from datetime import timedelta

import pytest

from board_hub.domain.errors import Conflict, Forbidden, HubError, Invalid, NotFound
from board_hub.domain.events import HUB, Actor, ActorKind
from board_hub.domain.ids import uuid7
from board_hub.services.directory import directory
from board_hub.services.exchange.signing import SigningKey
from board_hub.services.operation import high_value_steps as steps
from board_hub.services.operation import proposals
from board_hub.services.operation.proposals import ProposalState, Wanted
from board_hub.services.people.administrators import person_at_command_line
from board_hub.services.unit_of_work import Hub
from board_hub.store.desk_tables import Proposal
from tests.support.clocks import NOON, Time
from tests.support.hub import AIO, DE, FR, join, join_four
from tests.support.officials import AUDITOR, SECRETARIAT, add_official

ADA = Actor(ActorKind.OFFICIAL, str(uuid7()))
BEN = Actor(ActorKind.OFFICIAL, str(uuid7()))


def new_key(code: str = FR, kid: str = "FR-new") -> Wanted:
    return steps.add_key(code, SigningKey.generate(kid).public_jwk(), kid)


def propose(hub: Hub, wanted: Wanted, step: proposals.Step = steps.KEY_ADDED, actor: Actor = ADA) -> Proposal:
    with hub.work(actor) as uow:
        made = proposals.propose(uow, step, wanted, because="Asked for in the letter of 3 March.")
        uow.commit()
    return made


def confirm(hub: Hub, proposal: Proposal, actor: Actor = BEN) -> Proposal:
    with hub.work(actor) as uow:
        done = proposals.confirm(uow, steps.STEPS, proposal.id)
        uow.commit()
    return done


def decline(hub: Hub, proposal: Proposal, actor: Actor = BEN) -> Proposal:
    with hub.work(actor) as uow:
        done = proposals.decline(uow, proposal.id, because="Not what the authority asked for.")
        uow.commit()
    return done


def kids(hub: Hub, code: str = FR) -> set[str]:
    with hub.work(HUB) as uow:
        return {key.kid for key in directory.list_keys(uow, code)}


def test_a_step_is_done_only_when_a_second_person_confirms_it(hub: Hub) -> None:
    join(hub, FR)
    made = propose(hub, new_key())
    assert "FR-new" not in kids(hub)
    done = confirm(hub, made)
    assert "FR-new" in kids(hub)
    assert (done.state, done.proposed_by, done.decided_by) == ("confirmed", str(ADA), str(BEN))
    assert "FR-new" in done.outcome


def test_the_proposer_cannot_confirm_and_is_told_why(sqlite_hub: Hub) -> None:
    join(sqlite_hub, FR)
    made = propose(sqlite_hub, new_key())
    with pytest.raises(Forbidden, match="another administrator"):
        confirm(sqlite_hub, made, ADA)
    assert "FR-new" not in kids(sqlite_hub)


def test_of_many_who_confirm_at_once_one_does(hub: Hub) -> None:
    join(hub, FR)
    made = propose(hub, new_key())
    outcomes: list[str] = []

    def try_it(number: int) -> None:
        try:
            confirm(hub, made, Actor(ActorKind.OFFICIAL, f"second-{number}"))
            outcomes.append("done")
        except HubError as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=try_it, args=(number,)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(outcomes) == ["Conflict"] * 7 + ["done"]


def test_a_declined_step_is_never_done(sqlite_hub: Hub) -> None:
    join(sqlite_hub, FR)
    made = propose(sqlite_hub, new_key())
    assert decline(sqlite_hub, made).state == ProposalState.DECLINED
    with pytest.raises(Conflict, match="declined already"):
        confirm(sqlite_hub, made)
    assert "FR-new" not in kids(sqlite_hub)


def test_the_proposer_may_withdraw(sqlite_hub: Hub) -> None:
    join(sqlite_hub, FR)
    assert decline(sqlite_hub, propose(sqlite_hub, new_key()), ADA).state == ProposalState.WITHDRAWN


def test_a_proposal_ends_after_fourteen_days_and_says_so(sqlite_hub: Hub) -> None:
    time = Time()
    hub = time.hub(sqlite_hub)
    join(hub, FR)
    made = propose(hub, new_key())
    time.now = NOON + timedelta(days=14)
    with pytest.raises(Conflict, match="expired already"):
        confirm(hub, made)
    with hub.work(HUB) as uow:
        assert proposals.list_open(uow) == []
        assert proposals.expire_proposals(uow) == 1
        uow.commit()
    with hub.work(HUB) as uow:
        assert [one.state for one in proposals.list_decided(uow)] == ["expired"]
        assert proposals.expire_proposals(uow) == 0


def test_the_same_step_is_proposed_once(sqlite_hub: Hub) -> None:
    join(sqlite_hub, FR)
    wanted = new_key()
    propose(sqlite_hub, wanted)
    with pytest.raises(Conflict, match="proposed already"):
        propose(sqlite_hub, wanted, actor=BEN)


def test_what_could_not_be_carried_out_is_refused_to_the_proposer(sqlite_hub: Hub) -> None:
    party = join(sqlite_hub, FR)
    for wanted, error in (
        (new_key(DE), NotFound),
        (new_key(kid=party.key.kid), Conflict),
        (steps.add_key(FR, party.key.public_jwk(), "other"), Conflict),
    ):
        with pytest.raises(error):
            propose(sqlite_hub, wanted)


def test_a_reason_is_asked_for(sqlite_hub: Hub) -> None:
    join(sqlite_hub, FR)
    with sqlite_hub.work(ADA) as uow, pytest.raises(Invalid, match="/because"):
        proposals.propose(uow, steps.KEY_ADDED, new_key(), because="  ")


def test_what_changed_meanwhile_stops_the_confirmation_and_leaves_it_open(sqlite_hub: Hub) -> None:
    join(sqlite_hub, FR)
    made = propose(sqlite_hub, new_key())
    with sqlite_hub.work(HUB) as uow:
        directory.remove_participant(uow, FR)
        uow.commit()
    with pytest.raises(Conflict, match="removed"):
        confirm(sqlite_hub, made)
    with sqlite_hub.work(HUB) as uow:
        assert [one.id for one in proposals.list_open(uow)] == [made.id]


def test_keys_are_rotated_and_revoked_in_twos(sqlite_hub: Hub) -> None:
    party = join(sqlite_hub, FR)
    jwk = SigningKey.generate("next").public_jwk()
    confirm(sqlite_hub, propose(sqlite_hub, steps.rotate_key(FR, jwk, "next", overlap_hours=48), steps.KEY_ROTATED))
    with sqlite_hub.work(HUB) as uow:
        ends = {key.kid: key.valid_until for key in directory.list_keys(uow, FR)}
        wanted = steps.revoke_key(uow, party.key.kid, "laptop stolen")
    assert ends["next"] is None
    assert ends[party.key.kid] is not None
    confirm(sqlite_hub, propose(sqlite_hub, wanted, steps.KEY_REVOKED))
    with sqlite_hub.work(HUB) as uow:
        because = {key.kid: key.revoked_because for key in directory.list_keys(uow, FR)}
    assert because == {party.key.kid: "laptop stolen", "next": None}


def test_the_participant_of_all_administrators_stays(sqlite_hub: Hub) -> None:
    join_four(sqlite_hub)
    add_official(sqlite_hub, SECRETARIAT)
    with pytest.raises(Conflict, match="nobody could administer"):
        propose(sqlite_hub, steps.remove_participant(AIO), steps.PARTICIPANT_REMOVED)
    confirm(sqlite_hub, propose(sqlite_hub, steps.remove_participant(DE), steps.PARTICIPANT_REMOVED))


def test_without_administrators_a_step_may_be_carried_out_alone(sqlite_hub: Hub) -> None:
    join_four(sqlite_hub)
    add_official(sqlite_hub, AUDITOR, name="Only An Auditor")
    with sqlite_hub.work(HUB) as uow:
        steps.begin_with(uow, steps.KEY_ADDED, new_key())
        uow.commit()
    add_official(sqlite_hub, SECRETARIAT)
    with sqlite_hub.work(HUB) as uow, pytest.raises(Forbidden, match="administrators"):
        steps.begin_with(uow, steps.KEY_ADDED, new_key(kid="second"))


def test_at_the_command_line_one_says_which_administrator_one_is(sqlite_hub: Hub) -> None:
    login = Actor(ActorKind.ADMINISTRATOR, "root")
    join_four(sqlite_hub)
    with sqlite_hub.work(login) as uow:
        assert person_at_command_line(uow, None) == "administrator:root"
    ada = add_official(sqlite_hub, SECRETARIAT, name="Ada Byron")
    auditor = add_official(sqlite_hub, AUDITOR, name="Only An Auditor")
    with sqlite_hub.work(login) as uow:
        assert person_at_command_line(uow, "Ada.Byron@example.eu") == f"official:{ada.id}"
        assert person_at_command_line(uow, str(ada.id)) == f"official:{ada.id}"
        with pytest.raises(Invalid, match="--as"):
            person_at_command_line(uow, None)
        for stranger in ("nobody@example.eu", auditor.official.email):
            with pytest.raises(Forbidden):
                person_at_command_line(uow, stranger)
