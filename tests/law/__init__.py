"""Tests of the catalogue and all that is built from it."""
