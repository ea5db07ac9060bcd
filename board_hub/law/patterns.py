"""The forms of texts, written once without anchors: for Python (fullmatch) and for JSON Schema (`^…$`) alike."""

MAX_URL = 2000

CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
TEXT_PATTERN = rf"[^{CONTROLS}]*[^\s{CONTROLS}][^{CONTROLS}]*"
DATE_PATTERN = r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}"
"""1900 to 2199: a legal period counted from any such day ends on a day that the calendar knows."""
_HOUR = "([01][0-9]|2[0-3]):[0-5][0-9]"
DATETIME_PATTERN = rf"{DATE_PATTERN}T{_HOUR}:[0-5][0-9](\.[0-9]{{1,6}})?(Z|[+-]{_HOUR})"
"""RFC 3339 with an offset: a moment without one has no place in a legal period."""
MAX_DATETIME = 32
URL_PATTERN = r"https?://[!$-.0->A-~]+([/?#][!-~]*)?"
COUNTRY_PATTERN = r"[A-Z]{2}"
PARTICIPANT_PATTERN = r"[A-Z]{2}-[A-Z0-9]+(-[A-Z0-9]+)*"
MESSAGE_ID_PATTERN = r"[A-Za-z0-9._:-]{1,64}"
SOURCE_PATTERN = rf"urn:aiboard:participant:{PARTICIPANT_PATTERN}"
MAX_SOURCE = 90
MAX_PARTICIPANT = 64
SHA256_PATTERN = r"[0-9a-f]{64}"
MEDIA_TYPE_PATTERN = r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,60}"
