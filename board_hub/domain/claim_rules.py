"""Claim rules: which of a provider's claims give somebody a role; plain values in, verdict out."""

from collections.abc import Iterator, Mapping

_MOST_VALUES = 200


def values_at(claims: Mapping[str, object], path: str) -> tuple[str, ...]:
    """The values of a claim as texts: those of a list each, of anything else one; none where there is no such claim.

    path: a claim's name, or names joined by dots. A name may itself hold dots (many are addresses): the longest name
    that fits is taken.
    """
    return tuple(_texts(_find(claims, path)))[:_MOST_VALUES]


def matches(claims: Mapping[str, object], path: str, value: str) -> bool:
    """Whether the claim has the value, exactly and in this case."""
    return value in values_at(claims, path)


def _find(claims: object, path: str) -> object:
    if not isinstance(claims, Mapping):
        return None
    if path in claims:
        return claims[path]
    parts = path.split(".")
    for length in range(len(parts) - 1, 0, -1):
        head = ".".join(parts[:length])
        if head in claims:
            return _find(claims[head], ".".join(parts[length:]))
    return None


def _texts(found: object) -> Iterator[str]:
    if isinstance(found, bool):
        yield "true" if found else "false"
    elif isinstance(found, str | int):
        yield str(found)
    elif isinstance(found, list):
        for one in found:
            if not isinstance(one, list):
                yield from _texts(one)
