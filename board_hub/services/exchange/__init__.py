"""Messages in and out: intake, receipts, deliveries, mailboxes, and the keys and tokens that prove who speaks."""
