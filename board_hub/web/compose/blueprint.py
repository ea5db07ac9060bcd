"""The blueprint of the pages on which notices are written; whoever writes for nobody is told so."""

from board_hub.services.access import WRITERS
from board_hub.web.pages import Pages

compose = Pages("compose", __name__, roles=WRITERS)
FORM_BYTES = 3 * 1024 * 1024
"""More than a message may have: one too long is refused by the gate at its place, and what was typed is kept."""
