"""Ids sort by time and by order of calls, and never repeat."""

import os
import threading
from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

import pytest

from board_hub.domain.ids import new_secret, uuid7

NOW = datetime(2026, 7, 27, 9, 30, 0, 123_000, tzinfo=UTC)


def millisecond(value: UUID) -> int:
    return value.int >> 80


def test_it_is_a_version_7_uuid_of_rfc_9562() -> None:
    value = uuid7()
    assert value.version == 7
    assert value.variant == RFC_4122


def test_it_carries_the_millisecond_it_was_given() -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    assert millisecond(uuid7(later)) == int(later.timestamp() * 1000)


def test_it_carries_the_present_when_given_nothing() -> None:
    uuid7(NOW - timedelta(days=365))  # far from the present, so that no order with it is kept
    before = int(datetime.now(UTC).timestamp() * 1000)
    assert before <= millisecond(uuid7()) <= int(datetime.now(UTC).timestamp() * 1000) + 1


def test_ids_of_the_same_millisecond_keep_the_order_of_calls() -> None:
    ids = [uuid7(NOW) for _ in range(10_000)]
    assert ids == sorted(set(ids))


def test_text_sorts_as_the_id_does() -> None:
    ids = [str(uuid7(NOW + timedelta(milliseconds=step // 3))) for step in range(100)]
    assert ids == sorted(ids)


def test_a_clock_set_back_a_little_does_not_break_the_order() -> None:
    first = uuid7(NOW)
    assert uuid7(NOW - timedelta(seconds=5)) > first


def test_a_clock_set_back_far_is_followed() -> None:
    uuid7(NOW)
    earlier = NOW - timedelta(hours=1)
    assert millisecond(uuid7(earlier)) == int(earlier.timestamp() * 1000)


def test_threads_never_share_an_id() -> None:
    made: list[list[UUID]] = [[] for _ in range(8)]

    def make(ids: list[UUID]) -> None:
        ids.extend(uuid7(NOW) for _ in range(500))

    threads = [threading.Thread(target=make, args=(ids,)) for ids in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({value for ids in made for value in ids}) == 4_000
    assert all(ids == sorted(ids) for ids in made)


def test_a_forked_child_makes_ids_of_its_own() -> None:
    uuid7(NOW)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, uuid7(NOW).bytes)
        os._exit(0)
    mine = uuid7(NOW)
    os.waitpid(child, 0)
    theirs = UUID(bytes=os.read(reader, 16))
    os.close(reader)
    os.close(writer)
    assert theirs.int >> 32 != mine.int >> 32  # not even the same random start


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        uuid7(datetime(2026, 7, 27))  # noqa: DTZ001


def test_secrets_are_long_and_differ() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(len(secret) == 43 for secret in made)
