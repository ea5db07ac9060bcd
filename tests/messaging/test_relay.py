"""How a message travels to its recipient: what the relay puts around the bytes."""

from dataclasses import replace

from board_hub.domain.envelope import MEDIA_TYPE
from messaging.relay import amqp_properties
from tests.messaging.mailboxes import post


def test_a_notice_carries_its_senders_signature_and_the_hubs() -> None:
    assert amqp_properties(post()).headers == {"x-jws-signature": "a..b", "x-hub-signature": "c..d"}


def test_a_receipt_carries_the_hubs_signature_alone() -> None:
    assert amqp_properties(replace(post(), hub_signature=None)).headers == {"x-jws-signature": "a..b"}


def test_it_survives_a_restart_of_the_broker_and_is_never_dropped_for_its_age() -> None:
    properties = amqp_properties(post())
    assert properties.delivery_mode == 2
    assert properties.expiration is None


def test_the_brokers_tools_show_what_it_is() -> None:
    properties = amqp_properties(post(message_id="n7"))
    assert (properties.content_type, properties.message_id, properties.app_id) == (MEDIA_TYPE, "n7", "FR-CNIL")
