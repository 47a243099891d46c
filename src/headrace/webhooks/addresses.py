"""Which addresses of the network a webhook may be sent to.

Everything that is not a public unicast address is refused, however it is spelled or wrapped.
Operators can allow private ones; see `headrace.settings`.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from headrace import settings
from headrace.errors import InvalidParameterValue

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# What an address is that no operator's setting opens: nobody's, or everybody's.
_NEVER = {
    "0.0.0.0/8": "this host",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
    "255.255.255.255/32": "broadcast",
    "::/128": "this host",
    "ff00::/8": "multicast",
}
# Link-local addresses, and where clouds answer with credentials: only the list of networks opens
# these, since whoever allows private addresses rarely means them.
_ONLY_BY_NETWORK = {
    "169.254.0.0/16": "link-local, as the metadata of clouds are",
    "fe80::/10": "link-local",
    "fd00:ec2::254/128": "the metadata service of a cloud",
    "100.100.100.200/32": "the metadata service of a cloud",
    "192.0.0.192/32": "the metadata service of a cloud",
    "168.63.129.16/32": "the host of a cloud's machines",
}
_PRIVATE = {
    "127.0.0.0/8": "loopback",
    "10.0.0.0/8": "private",
    "172.16.0.0/12": "private",
    "192.168.0.0/16": "private",
    "100.64.0.0/10": "shared by a provider's customers (CGNAT)",
    "192.0.0.0/24": "set apart for protocols",
    "192.0.2.0/24": "for documentation",
    "192.88.99.0/24": "a relay of 6to4",
    "198.18.0.0/15": "for benchmarks",
    "198.51.100.0/24": "for documentation",
    "203.0.113.0/24": "for documentation",
    "::1/128": "loopback",
    "fc00::/7": "private",
    "fec0::/10": "site-local",
    "2001::/23": "set apart for protocols, as Teredo's are",
    "2001:db8::/32": "for documentation",
    "2002::/16": "of 6to4, which wraps another address",
    "3fff::/20": "for documentation",
}

_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")


def _table(texts: dict[str, str]) -> list[tuple[Network, str]]:
    return [(ip_network(text), what) for text, what in texts.items()]


_NEVER_TABLE, _NETWORK_TABLE, _PRIVATE_TABLE = map(_table, (_NEVER, _ONLY_BY_NETWORK, _PRIVATE))


def unwrap(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for, where the system sends to that."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        # Where there is only IPv6, every public IPv4 host is reached by this prefix.
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def find_objection(address: Address) -> str | None:
    """Return why nothing is sent to an address, such as ``loopback``; None if it may be."""
    address = unwrap(address)
    if what := _find(address, _NEVER_TABLE):
        return what
    if any(_holds(network, address) for network in settings.WEBHOOK_ALLOWED_NETWORKS.get()):
        return None
    if what := _find(address, _NETWORK_TABLE):
        return what
    private = find_private(address)
    return None if settings.WEBHOOK_ALLOW_PRIVATE_IPS.get() else private


def find_private(address: Address) -> str | None:
    """Return what an address is that is not public, whoever allowed it; None if it is public."""
    address = unwrap(address)
    what = _find(address, _PRIVATE_TABLE) or _find(address, _NETWORK_TABLE)
    if what is None and isinstance(address, IPv6Address) and address not in _UNICAST:
        return "no public address"
    return what


def is_readable(address: Address) -> bool:
    """Return whether people may see what an address answers, or only with which status."""
    if _find(unwrap(address), _NETWORK_TABLE):
        return False
    return settings.WEBHOOK_SHOW_PRIVATE_ANSWERS.get() or find_private(address) is None


def check_address(address: Address, host: str) -> None:
    """Refuse an address that a host name stands for, or that is the host itself.

    Raises:
        InvalidParameterValue: Saying what the address is, and how an operator allows it.

    """
    what = find_objection(address)
    if what is None:
        return
    shown = f"{host!r} resolves to {address}" if host != str(address) else str(address)
    raise InvalidParameterValue(
        "Webhook URL must not resolve to a non-public IP address. "
        f"{shown}, which is {what}. An operator can allow networks with "
        "HEADRACE_WEBHOOK_ALLOWED_NETWORKS."
    )


def _find(address: Address, table: list[tuple[Network, str]]) -> str | None:
    return next((what for network, what in table if _holds(network, address)), None)


def _holds(network: Network, address: Address) -> bool:
    return network.version == address.version and address in network
