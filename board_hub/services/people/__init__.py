"""People: identity providers, officials and what they may do, their sessions, mandates and preferences."""
