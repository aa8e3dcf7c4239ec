//! The client address of a request, as far as it can be trusted.

use std::net::{IpAddr, Ipv6Addr};

use http::{Extensions, HeaderMap};
use ipnet::IpNet;

/// The peer address of a connection, as a request extension that the rate limit reads. Without axum, put it into each
/// request's extensions yourself.
///
/// With axum, [`serve`](crate::serve) does that, or `into_make_service_with_connect_info::<SocketAddr>()`.
///
/// ```
/// # use symbolon_server::Peer;
/// # fn accepted(mut request: http::Request<()>, address: std::net::SocketAddr) {
/// request.extensions_mut().insert(Peer(address.ip()));
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// Returns the address that failures are counted for, or `None` if no peer address was recorded for the connection.
///
/// The client address is the peer's. If the peer is a trusted proxy, it is the last address in `X-Forwarded-For` that is not a
/// trusted proxy's. That header is ignored if any other peer sends it.
pub(crate) fn of(extensions: &Extensions, headers: &HeaderMap, proxies: &[IpNet]) -> Option<IpAddr> {
    let is_proxy = |address: &IpAddr| proxies.iter().any(|net| net.contains(address));
    let peer = peer(extensions)?.to_canonical();
    if !is_proxy(&peer) {
        return Some(one_customer(peer));
    }
    let mut seen = headers.get_all("x-forwarded-for").iter().rev().flat_map(|header| {
        header.to_str().unwrap_or_default().rsplit(',').map(|address| address.trim().parse::<IpAddr>())
    });
    // A trusted proxy wrote the last address. The addresses before it may be forged.
    let client =
        seen.find(|address| !address.as_ref().is_ok_and(|address| is_proxy(&address.to_canonical())));
    Some(client.and_then(Result::ok).map_or(peer, |address| one_customer(address.to_canonical())))
}

/// Returns the recorded peer address.
fn peer(extensions: &Extensions) -> Option<IpAddr> {
    #[cfg(feature = "axum")]
    if let Some(axum::extract::ConnectInfo(address)) =
        extensions.get::<axum::extract::ConnectInfo<std::net::SocketAddr>>()
    {
        return Some(address.ip());
    }
    extensions.get().map(|Peer(address)| *address)
}

/// Returns an IPv4 address as it is, and the /64 network of an IPv6 address: one customer has all 2^64 addresses in it (RFC
/// 6177).
fn one_customer(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn client_address(peer: &str, forwarded: &[&'static str]) -> Option<String> {
        let mut extensions = Extensions::new();
        extensions.insert(Peer(peer.parse().unwrap()));
        let name = http::HeaderName::from_static("x-forwarded-for");
        let headers = forwarded.iter().map(|value| (name.clone(), HeaderValue::from_static(value))).collect();
        let proxies = ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        of(&extensions, &headers, &proxies).map(|address| address.to_string())
    }

    /// Covers: X-13
    #[test]
    fn what_a_stranger_writes_into_a_forwarded_header_is_not_believed() {
        for (peer, forwarded, expected) in [
            ("192.0.2.1", &[][..], "192.0.2.1"),
            ("192.0.2.1", &["198.51.100.9"], "192.0.2.1"),
            ("10.0.0.1", &["198.51.100.9"], "198.51.100.9"),
            ("10.0.0.1", &["203.0.113.5, 198.51.100.9"], "198.51.100.9"),
            ("10.0.0.1", &["203.0.113.5", "198.51.100.9"], "198.51.100.9"),
            ("10.0.0.1", &["198.51.100.9, 10.0.0.2"], "198.51.100.9"),
            ("10.0.0.1", &["198.51.100.9, nonsense"], "10.0.0.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("::1", &["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::"),
            ("::ffff:192.0.2.1", &[], "192.0.2.1"),
        ] {
            assert_eq!(client_address(peer, forwarded).as_deref(), Some(expected), "{peer} {forwarded:?}");
        }
        assert_eq!(of(&Extensions::new(), &HeaderMap::new(), &[]), None);
    }
}
