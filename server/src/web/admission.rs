//! What no part of an application should have to answer: requests that can be read in two ways, or that are not meant to
//! be read at all.

use http::{HeaderMap, Method, Request, header::HOST};

use crate::error::Reason;

/// The most that the names and values of all headers may weigh: as much as nginx and most proxies take (4 x 8 KiB). A
/// token, its cookies and a browser's own headers need 2 KiB; a sibling subdomain can plant 240 KB of cookies.
pub const MAX_HEADERS: usize = 32 * 1024;

pub(crate) fn check<B>(request: &Request<B>) -> Result<(), Reason> {
    let headers = request.headers();
    if headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>() > MAX_HEADERS {
        return Err(Reason::HeadersTooLarge);
    }
    // Neither is in `http`'s list of methods that handlers can be written for, and both give back what was sent.
    if request.method() == Method::TRACE || request.method().as_str() == "TRACK" {
        return Err(Reason::MethodRefused);
    }
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next();
    let differs = host.zip(request.uri().authority()).is_some_and(|(host, authority)| {
        !host.as_bytes().eq_ignore_ascii_case(authority.as_str().as_bytes())
    });
    // Two parts of a system that each believe another of two hosts are how requests are smuggled (RFC 9112 section 3.2).
    if differs || hosts.next().is_some() {
        return Err(Reason::HostAmbiguous);
    }
    if asks_for_a_service_worker(headers) { Err(Reason::ServiceWorker) } else { Ok(()) }
}

/// A service worker would see the vault's requests, and the token in them.
fn asks_for_a_service_worker(headers: &HeaderMap) -> bool {
    headers.contains_key("service-worker")
        || headers.get_all("sec-fetch-dest").iter().any(|dest| dest == "serviceworker")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(uri: &str, headers: &[(&str, &str)]) -> Result<(), Reason> {
        let request = Request::builder().uri(uri);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        check(&request.body(()).unwrap())
    }

    /// Covers: H-010
    #[test]
    fn a_request_for_two_hosts_is_for_none() {
        assert_eq!(checked("/", &[("host", "app.example")]), Ok(()));
        assert_eq!(checked("/", &[]), Ok(()), "as HTTP/2 has it");
        assert_eq!(checked("https://app.example/", &[("host", "App.Example")]), Ok(()));
        for (uri, headers) in [
            ("/", &[("host", "app.example"), ("host", "evil.example")][..]),
            ("/", &[("host", "app.example"), ("host", "app.example")]),
            ("https://evil.example/", &[("host", "app.example")]),
        ] {
            assert_eq!(checked(uri, headers), Err(Reason::HostAmbiguous), "{uri} {headers:?}");
        }
    }

    /// Covers: D-001, K-017
    #[test]
    fn headers_are_bounded_together() {
        let cookie = "a".repeat(4096);
        let cookies = |number| vec![("cookie", cookie.as_str()); number];
        assert_eq!(checked("/", &cookies(7)), Ok(()));
        assert_eq!(checked("/", &cookies(8)), Err(Reason::HeadersTooLarge));
    }
}
