"""Every page once: seen by its rightful reader on a hub that has something to show, and on one that has nothing."""
