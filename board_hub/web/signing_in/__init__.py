"""Signing in by an identity provider: the attempt, the way back, asking again, the provider's word that it is over."""
