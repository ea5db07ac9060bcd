"""The hub as a relying party of OpenID Connect: asks providers, and believes only what it has checked."""
