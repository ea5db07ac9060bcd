"""`python -m board_hub.cli`: the same as `board-hub`, also where its script is not on the path."""

from board_hub.cli import main

main(prog_name="board-hub")
