"""Pages on which notices are written: choosing what to send, the form, files, the check before sending, approval."""

from board_hub.web.compose import check, edit, files, new, send, words
from board_hub.web.compose.blueprint import compose

compose.context_processor(lambda: {"say": words})

__all__ = ["check", "compose", "edit", "files", "new", "send"]
