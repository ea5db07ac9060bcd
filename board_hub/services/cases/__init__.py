"""Cases: what is in them, where a notice belongs, how procedures move, what a reader may know of it."""
