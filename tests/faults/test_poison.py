"""A message that the hub's own code dies of: the others go through, this one ends in quarantine, its sender is told."""

from board_hub.law.examples import example_notice
from messaging.inbox import Inbox
from messaging.intake import MOST_ATTEMPTS
from tests.faults.conftest import NewScene
from tests.faults.planted import POISON
from tests.faults.scene import FEWER, planted
from tests.support.hub import catalogue_of

SEED = 13
POISONED = "notice-100"


def test_one_poisonous_message_ends_in_quarantine_and_stops_no_other(new_scene: NewScene) -> None:
    with new_scene("sqlite", SEED, FEWER) as scene:
        content = example_notice(catalogue_of(scene.exchange.hub), "art79-5")
        content["fields"]["operator_arguments"] = POISON
        scene.sender.special[POISONED] = content
        scene.exchange.commands["intake"] = planted("handler-raises", "intake")
        scene.exchange.start("intake", "relay")
        scene.start()
        verdict = scene.judge(90)
        scene.end_programs()
        assert verdict.quiet, scene
        assert verdict.lost == {POISONED}, scene
        assert not verdict.duplicated | verdict.unexpected, scene
        assert all(len(recipient.seen) == FEWER - 1 for recipient in scene.recipients), scene
        assert scene.ledger.quarantined() == [(scene.sender.transport.handed[POISONED][0], "hub.fault")]
        assert scene.exchange.log("intake").count('"message failed"') == MOST_ATTEMPTS
        inbox = Inbox(scene.sender.inbox_file)
        receipt = inbox.receipt(POISONED)
        inbox.close()
        assert receipt is not None
        assert [error["code"] for error in receipt["errors"]] == ["hub.fault"]


def test_what_the_hub_fails_on_for_a_while_keeps_its_place_in_its_senders_order(new_scene: NewScene) -> None:
    with new_scene("sqlite", SEED, FEWER) as scene:
        content = example_notice(catalogue_of(scene.exchange.hub), "art79-5")
        content["fields"]["operator_arguments"] = POISON
        scene.sender.special[POISONED] = content
        scene.exchange.commands["intake"] = planted("handler-stumbles", "intake")
        scene.exchange.start("intake", "relay")
        scene.start()
        assert scene.judge().clean, scene
        scene.end_programs()
        assert '"message failed"' in scene.exchange.log("intake")
        for recipient in scene.recipients:
            assert [message_id for message_id, _ in recipient.seen] == scene.sender.sent
