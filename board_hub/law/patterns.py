"""The forms of texts, written once without anchors: for Python (fullmatch) and for JSON Schema (`^…$`) alike."""

MAX_URL = 2000

CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
TEXT_PATTERN = rf"[^{CONTROLS}]*[^\s{CONTROLS}][^{CONTROLS}]*"
DATE_PATTERN = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
URL_PATTERN = r"https?://[!$-.0->A-~]+([/?#][!-~]*)?"
COUNTRY_PATTERN = r"[A-Z]{2}"
PARTICIPANT_PATTERN = r"[A-Z]{2}-[A-Z0-9]+(-[A-Z0-9]+)*"
MESSAGE_ID_PATTERN = r"[A-Za-z0-9._:-]{1,64}"
SOURCE_PATTERN = rf"urn:aiboard:participant:{PARTICIPANT_PATTERN}"
MAX_SOURCE = 90
MAX_PARTICIPANT = 64
