//! Where a request comes from, as far as that can be believed.

use std::net::{IpAddr, Ipv6Addr};

use http::{Extensions, HeaderMap};
use ipnet::IpNet;

/// The other end of a connection, put into a request's extensions by whoever accepted it. With axum, its own
/// `ConnectInfo<SocketAddr>` is read, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// The address that failures are counted for: the peer's, or, when the peer is one of our own proxies, the last that the
/// proxies have seen. What others write into `X-Forwarded-For` is not looked at. Nobody knows where a request comes
/// from whose connection nobody told of.
pub(crate) fn of(extensions: &Extensions, headers: &HeaderMap, proxies: &[IpNet]) -> Option<IpAddr> {
    let ours = |address: &IpAddr| proxies.iter().any(|net| net.contains(address));
    let peer = peer(extensions)?.to_canonical();
    if !ours(&peer) {
        return Some(neighbourhood(peer));
    }
    let mut seen = headers.get_all("x-forwarded-for").iter().rev().flat_map(|header| {
        header.to_str().unwrap_or_default().rsplit(',').map(|address| address.trim().parse::<IpAddr>())
    });
    // A proxy of ours has written what stands last; before that, whatever it was sent.
    let told = seen.find(|address| !address.as_ref().is_ok_and(|address| ours(&address.to_canonical())));
    Some(told.and_then(Result::ok).map_or(peer, |address| neighbourhood(address.to_canonical())))
}

fn peer(extensions: &Extensions) -> Option<IpAddr> {
    #[cfg(feature = "axum")]
    if let Some(axum::extract::ConnectInfo(address)) =
        extensions.get::<axum::extract::ConnectInfo<std::net::SocketAddr>>()
    {
        return Some(address.ip());
    }
    extensions.get().map(|Peer(address)| *address)
}

/// One customer has 2^64 addresses of IPv6 (RFC 6177), and is one source.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn source(peer: &str, forwarded: &[&'static str]) -> Option<String> {
        let mut extensions = Extensions::new();
        extensions.insert(Peer(peer.parse().unwrap()));
        let name = http::HeaderName::from_static("x-forwarded-for");
        let headers = forwarded.iter().map(|value| (name.clone(), HeaderValue::from_static(value))).collect();
        let proxies = ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        of(&extensions, &headers, &proxies).map(|address| address.to_string())
    }

    ///
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
            assert_eq!(source(peer, forwarded).as_deref(), Some(expected), "{peer} {forwarded:?}");
        }
        assert_eq!(of(&Extensions::new(), &HeaderMap::new(), &[]), None);
    }
}
