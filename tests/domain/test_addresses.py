"""Addresses: where a form may lead, and where a provider may be."""

import pytest

from board_hub.domain.addresses import is_safe_endpoint, local_path


@pytest.mark.parametrize("wanted", ["/", "/cases?state=open&next=//x", "/a/b#c", "/%2F%2Fevil"])
def test_a_path_of_the_hub_is_followed(wanted: str) -> None:
    assert local_path(wanted) == wanted


@pytest.mark.parametrize(
    "wanted",
    [None, "", "//evil", "/\\evil", "\\/evil", "https://evil", "https:evil", "javascript:alert(1)", "evil", "/\t/evil",
     "/a\\b", "/\n//evil", " /x", "/" + "x" * 2000],
)  # fmt: skip
def test_what_leads_elsewhere_is_not_followed(wanted: str | None) -> None:
    assert local_path(wanted) == "/"


@pytest.mark.parametrize("address", ["https://login.example.fr", "https://a.eu:8443/x", "http://127.0.0.1:5000/FR"])
def test_a_provider_may_be_at_https_or_on_this_machine(address: str) -> None:
    assert is_safe_endpoint(address)


@pytest.mark.parametrize(
    "address",
    [None, "", 5, "http://login.example.fr", "ftp://x", "https://", "https://user:pw@x.eu", "https://x.eu/#a",
     "https://x.eu/a b", "https://x.eu:99999999/", "http://127.0.0.1.evil.eu/"],
)  # fmt: skip
def test_a_provider_may_not_be_elsewhere(address: object) -> None:
    assert not is_safe_endpoint(address)
