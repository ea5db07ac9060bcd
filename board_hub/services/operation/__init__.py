"""What keeps the hub running and provable: opening it, due work and its runs, health, the evidence log."""
