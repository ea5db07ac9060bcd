"""A lane says of each delivery what the broker said, and a batch keeps what comes in time."""

import pytest

from board_hub.services.exchange.deliveries import Attempt, Due, Result
from messaging.frames import marshal_publish
from messaging.lane import NO_CONFIRM, NOT_ROUTED, REFUSED, Batch
from messaging.management import Management
from messaging.provision import Provisioner
from messaging.relay import amqp_properties
from messaging.topology import FROM_HUB
from tests.messaging.mailboxes import Line, due, line_to
from tests.support.rabbitmq import Place, eventually, open_channel

pytestmark = pytest.mark.broker
SECONDS = 15.0


def publish(line: Line, dues: list[Due]) -> list[Attempt]:
    """Publish as the relay does, and wait for the outcomes."""
    batch = Batch(dues, lambda _attempt: None)

    def _publish() -> None:
        number, limit = line.lane.form
        for one in dues:
            properties = amqp_properties(one.post)
            frames = marshal_publish(FROM_HUB, properties, one.post.body, channel_number=number, limit=limit)
            line.lane.publish(one, frames, batch)
        line.lane.flush()

    line.call(_publish)
    return batch.wait(SECONDS)


def test_what_is_in_the_mailbox_is_confirmed(place: Place) -> None:
    dues = [due(place, message_id=f"n{number}") for number in range(50)]
    with line_to(place) as line:
        attempts = publish(line, dues)
    assert [attempt.due for attempt in attempts] == dues
    assert {attempt.result for attempt in attempts} == {Result.CONFIRMED}


def test_what_finds_no_queue_failed(place: Place, management: Management) -> None:
    management.delete("queues", place.vhost, FROM_HUB)
    with line_to(place) as line:
        [attempt] = publish(line, [due(place)])
    assert (attempt.result, attempt.error) == (Result.FAILED, NOT_ROUTED)


def test_the_same_message_sent_again_is_not_taken_for_the_one_that_found_no_queue(
    place: Place, management: Management, provisioner: Provisioner
) -> None:
    management.delete("queues", place.vhost, FROM_HUB)
    again = due(place)
    with line_to(place) as line:
        publish(line, [again])
        provisioner.ensure(place.code, place.password)
        provisioner.await_ready(place.code, may_recreate=True)
        [attempt] = publish(line, [again])
    assert attempt.result is Result.CONFIRMED


def test_what_a_full_queue_does_not_take_failed(place: Place, management: Management) -> None:
    policy = {"vhost": place.vhost, "name": "tight", "pattern": "^from-hub$", "apply-to": "queues", "priority": 9}
    limits = {"max-length": 1, "overflow": "reject-publish"}
    management.import_definitions({"policies": [{**policy, "definition": limits}]})
    with line_to(place) as line:
        eventually(lambda: publish(line, [due(place)])[0].error == REFUSED)


def test_what_was_not_confirmed_when_the_connection_was_lost_failed(place: Place) -> None:
    batch = Batch([one := due(place)], lambda _attempt: None)
    with line_to(place) as line:
        line.call(lambda: line.lane.publish(one, b"", batch))  # never sent, so never confirmed
        line.call(lambda: line.lane.fail_all("lost"))
    assert batch.wait(SECONDS) == [Attempt(one, Result.FAILED, "lost")]


def test_what_has_no_outcome_in_time_is_in_doubt_and_told_later(place: Place) -> None:
    late: list[Attempt] = []
    batch = Batch([first := due(place), second := due(place)], late.append)
    batch.resolve(Attempt(first, Result.CONFIRMED))
    assert batch.wait(0) == [Attempt(first, Result.CONFIRMED), Attempt(second, Result.IN_DOUBT, NO_CONFIRM)]
    batch.resolve(Attempt(second, Result.CONFIRMED))
    assert late == [Attempt(second, Result.CONFIRMED)]


def test_a_large_body_arrives_whole_with_its_headers(place: Place) -> None:
    body = bytes(range(256)) * 4000
    with line_to(place) as line:
        assert publish(line, [one := due(place, body)])[0].result is Result.CONFIRMED
    channel = open_channel(place.participant_url)
    _, properties, arrived = channel.basic_get(FROM_HUB, auto_ack=True)
    channel.connection.close()
    assert arrived == body
    assert properties.headers.items() >= {"x-jws-signature": "a..b", "x-hub-signature": "c..d"}.items()
    assert (properties.delivery_mode, properties.message_id, properties.app_id) == (2, "n1", one.post.source)
