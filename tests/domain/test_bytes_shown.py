"""Bytes of unknown origin are shown bounded, and with nothing that hides or moves other text."""

from hypothesis import given
from hypothesis import strategies as st

from board_hub.domain.bytes_shown import MOST_HEX, MOST_TEXT, show_bytes


def test_text_is_shown_as_it_is() -> None:
    shown = show_bytes('{\n\t"name": "é 漢"}'.encode())
    assert (shown.text, shown.binary, shown.is_cut) == ('{\n\t"name": "é 漢"}', False, False)


def test_what_turns_hides_or_steers_is_written_out() -> None:
    assert show_bytes("a\u202eb\x1b[2Jc\u200b\r".encode()).text == "a\\u202eb\\u001b[2Jc\\u200b\\u000d"


def test_what_is_no_text_is_hex() -> None:
    shown = show_bytes(b"\xff\xfeAB")
    assert shown.binary
    assert shown.text.startswith("00000000  ff fe 41 42")
    assert shown.text.endswith("..AB")


def test_long_ones_are_cut_and_say_so() -> None:
    assert show_bytes(b"a" * (MOST_TEXT + 1)).is_cut
    assert show_bytes(b"\xff" * (MOST_HEX + 1)).is_cut


def test_a_character_cut_in_two_makes_no_binary_of_a_text() -> None:
    shown = show_bytes(("a" * (MOST_TEXT - 1) + "é" * 10).encode())
    assert (shown.binary, shown.shown) == (False, MOST_TEXT - 1)


@given(st.binary(max_size=200))
def test_anything_can_be_shown(content: bytes) -> None:
    shown = show_bytes(content)
    assert shown.total == len(content)
    assert all(
        character.isprintable() or character in "\n\t\u00a0 " or ord(character) > 127 for character in shown.text
    )
