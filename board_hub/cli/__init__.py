"""The command line, `board-hub COMMAND`. A command's module is imported when it is called, so that --help is quick."""

from board_hub.cli.commands import Commands

main = Commands(
    name="board-hub",
    help="The hub of the European Artificial Intelligence Board: signed notices between authorities.",
    epilog="Settings come from the environment; `board-hub settings` prints them all. "
    "Exit codes: 0 done, 1 something is wrong (doctor, evidence verify) or a process failed, 2 wrong usage, "
    "3 not found, 4 forbidden, 5 invalid input, 6 conflict, 7 unavailable (try again later).",
    modules={
        "up": ("up", "Run all of the hub's processes in this terminal; --demo for a demonstration."),
        "web": ("web", "Serve the HTTPS mailbox and the pages."),
        "intake": ("intake", "Take messages from the participants' queues."),
        "relay": ("relay", "Send owed deliveries to the participants' queues."),
        "scheduler": ("scheduler", "Tick: clocks that end, reminders, tree heads; a second one stands by."),
        "jobs": ("jobs", "The scheduler's jobs: their last runs, and to run one now."),
        "migrate": ("migrate", "Make the database, the hub's key and its members; bring them up to date."),
        "doctor": ("doctor", "Check everything the hub stands on; say what is wrong and how to mend it."),
        "provision": ("provision", "Make the broker equal to the directory, now."),
        "participant": ("participant", "Participants: add, list, keys, suspend, ping, send, receive."),
        "proposal": ("proposal", "Steps that wait for a second person: list, confirm, decline."),
        "member": ("member", "Members and observers of the Board."),
        "provider": ("provider", "Identity providers: by whom officials sign in, and what its claims give them."),
        "mandate": ("mandate", "Who represents a member on the Board, from when to when."),
        "official": ("official", "Who signs in: roles, sessions; end or restore somebody's access."),
        "case": ("case", "Where a case stands; a step noted by the secretariat."),
        "calendar": ("calendar", "Public holidays by which legal periods are counted."),
        "messages": ("messages", "Messages on record, where their deliveries stand; send one again."),
        "quarantine": ("quarantine", "What was refused, and why; let it in after all, or reject it for good."),
        "evidence": ("evidence", "The evidence log: verify it, sign its head, prove a message."),
        "settings": ("settings", "Print the sample environment file."),
    },
)
