"""Members, participants and their keys: changed on record, read as one picture, with its gaps named."""
