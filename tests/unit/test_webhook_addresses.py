"""Where webhooks may lead: every kind of address, every odd spelling, and no name that changes."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from headrace.errors import InvalidParameterValue
from headrace.webhooks.addresses import Address, find_objection
from headrace.webhooks.targets import check_url, find_addresses, read_url, resolve

PUBLIC = [
    *("1.1.1.1", "8.8.8.8", "93.184.216.34", "172.15.255.255", "172.32.0.0", "100.63.255.255"),
    *("100.128.0.0", "192.0.1.0", "198.17.255.255", "223.255.255.255", "169.253.255.255"),
    *("2606:4700::1111", "2a00:1450:4001:82a::200e", "2001:4860:4860::8888"),
    *("::ffff:8.8.8.8", "64:ff9b::8.8.8.8"),
]
PRIVATE = [
    *("127.0.0.1", "127.255.255.254", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255"),
    *("192.168.0.1", "100.64.0.1", "100.127.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1"),
    *("198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1"),
    *("::1", "fc00::1", "fd12:3456::1", "fec0::1", "2001:db8::1", "3fff::1", "100::1"),
    *("2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1", "2001:20::1"),
    *("2002:7f00:1::", "2002:808:808::1", "2002:a00:1::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "::ffff:0:127.0.0.1"),
    *("64:ff9b::127.0.0.1", "64:ff9b::10.1.2.3", "64:ff9b:1::8.8.8.8", "5f00::1", "4000::1"),
]
ONLY_BY_NETWORK = [
    *("169.254.169.254", "169.254.0.1", "fe80::1", "fe80::a9fe:a9fe", "fd00:ec2::254"),
    *("100.100.100.200", "192.0.0.192", "168.63.129.16", "::ffff:169.254.169.254"),
    "64:ff9b::169.254.169.254",
]
NEVER = [
    *("0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "ff02::1", "ff0e::1", "::ffff:0.0.0.0", "64:ff9b::0.0.0.0", "64:ff9b::224.0.0.1"),
]


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_may_be_sent_to(text: str) -> None:
    assert find_objection(ip_address(text)) is None


@pytest.mark.parametrize("text", [*PRIVATE, *ONLY_BY_NETWORK, *NEVER])
def test_all_others_may_not(text: str) -> None:
    assert find_objection(ip_address(text)) is not None


def test_an_operator_can_allow_private_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS", "true")

    assert [text for text in PRIVATE if find_objection(ip_address(text)) is not None] == []
    for text in (*ONLY_BY_NETWORK, *NEVER):
        assert find_objection(ip_address(text)) is not None, text


def test_an_operator_can_allow_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "HEADRACE_WEBHOOK_ALLOWED_NETWORKS", "10.1.0.0/16, 169.254.7.7,fd00::/8, 0.0.0.0/8"
    )

    for text in ("10.1.2.3", "::ffff:10.1.2.3", "169.254.7.7", "fd00:ec2::254", "8.8.8.8"):
        assert find_objection(ip_address(text)) is None, text
    for text in ("10.2.0.1", "169.254.169.254", "127.0.0.1", "fe80::1", "0.0.0.0"):
        assert find_objection(ip_address(text)) is not None, text


def test_a_list_of_networks_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_WEBHOOK_ALLOWED_NETWORKS", "10.1.0.0/16, intranet")

    with pytest.raises(InvalidParameterValue, match="HEADRACE_WEBHOOK_ALLOWED_NETWORKS"):
        find_objection(ip_address("10.1.2.3"))


ODD_SPELLINGS = [
    *("127.1", "127.0.1", "0x7f.1", "0x7f000001", "0x7F.0.0.1", "2130706433", "0177.0.0.1"),
    *("017700000001", "127.0.0.1.", "127.000.000.001", "127.0.0.0x1", "1.1.1.0x", "0", "0x"),
    *("１２７.0.0.1", "127。0。0。1", "①②⑦.0.0.1", "[::1%25eth0]", "[fe80::1%eth0]"),
    *("[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[0000::1]"),
    *("%31%32%37.0.0.1", "127.0.0.1%00.example.com", "a..b", "-a.example.com", "a_b-.example"),
    *("a" * 64 + ".example.com", "xn--" + "a" * 300, "[127.0.0.1]", "[::1", "::1", "*.example.com"),
]


@pytest.mark.parametrize("host", ODD_SPELLINGS)
def test_no_spelling_of_a_host_gets_past(host: str) -> None:
    with pytest.raises(InvalidParameterValue):
        find_addresses(read_url(f"https://{host}/hook"), lenient)


def lenient(host: str) -> list[Address]:
    """Find a public address for everything that is no address itself."""
    try:
        return [ip_address(host)]
    except ValueError:
        return [ip_address("8.8.8.8")]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST."])
def test_names_of_this_machine_are_found_out(host: str) -> None:
    with pytest.raises(InvalidParameterValue, match="loopback"):
        check_url(f"https://{host}/hook")


@pytest.mark.parametrize(
    "url",
    [
        *("", " ", "https:", "https://", "https:///x", "https://:443/", "//93.184.216.34/"),
        *("http://93.184.216.34/", "file:///etc/passwd", "gopher://93.184.216.34/", "HTTPS:/x"),
        *("https://user@93.184.216.34/", "https://u:p@93.184.216.34/", "https://@93.184.216.34/"),
        *("https://93.184.216.34:0/", "https://93.184.216.34:22/", "https://93.184.216.34:65536/"),
        *("https://93.184.216.34:-1/", "https://93.184.216.34:4 43/", "https://93.184.216.34:١/"),
        *("https://93.184.216.34\\@127.0.0.1/", "https://93.184.216.34/a b", "https://a\tb/"),
        *(
            "https://93.184.216.34/é",
            "https://93.184.216.34/\r\nHost: x",
            "https://93.184.216.34\0",
        ),
    ],
)
def test_urls_that_no_webhook_may_have(url: str) -> None:
    with pytest.raises(InvalidParameterValue):
        read_url(url)


def test_a_url_is_taken_apart() -> None:
    assert read_url("https://Hooks.Example.com./a?b=c#d") == (
        *("https", "hooks.example.com", 443, "/a?b=c", "hooks.example.com"),
    )
    assert read_url("https://[2606:4700::1111]:8443").authority == "[2606:4700::1111]:8443"
    assert read_url("https://bücher.example").host == "xn--bcher-kva.example"


def test_http_has_to_be_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_WEBHOOK_ALLOWED_SCHEMES", "https, http, ftp")

    assert read_url("http://93.184.216.34").port == 80
    with pytest.raises(InvalidParameterValue, match="ftp"):
        read_url("ftp://93.184.216.34")


def addresses(*texts: str) -> list[Address]:
    return [ip_address(text) for text in texts]


def test_one_address_that_is_refused_refuses_the_name() -> None:
    target = read_url("https://hooks.example.com/")

    good = find_addresses(target, lambda host: addresses("8.8.8.8", "2606:4700::1111"))
    assert good == addresses("8.8.8.8", "2606:4700::1111")
    for bad in ("10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "0.0.0.0"):
        with pytest.raises(InvalidParameterValue, match=r"'hooks.example.com' resolves to"):
            find_addresses(target, lambda host, bad=bad: addresses("8.8.8.8", bad))


def test_a_name_is_looked_up() -> None:
    found = resolve("localhost")

    assert set(found) <= set(addresses("127.0.0.1", "::1"))
    assert found
    with pytest.raises(InvalidParameterValue, match=r"no-such-host\.invalid"):
        resolve("no-such-host.invalid")
