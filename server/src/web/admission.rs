//! Refuses requests that no handler should answer: ambiguous ones, oversized ones, and those for service workers.

use http::{HeaderMap, Method, Request, header::HOST};

use crate::error::Reason;

/// The greatest size of all header names and values together: 32 KiB, as nginx and most proxies accept (4 x 8 KiB).
///
/// A token, its cookies and a browser's own headers need 2 KiB. A sibling subdomain can plant 240 KB of cookies.
pub const MAX_HEADERS: usize = 32 * 1024;

/// Refuses a request that no handler should answer.
pub(crate) fn check<B>(request: &Request<B>) -> Result<(), Reason> {
    let headers = request.headers();
    if headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>() > MAX_HEADERS {
        return Err(Reason::HeadersTooLarge);
    }
    // Both methods echo the request, secrets included.
    if request.method() == Method::TRACE || request.method().as_str() == "TRACK" {
        return Err(Reason::MethodRefused);
    }
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next();
    let differs = host.zip(request.uri().authority()).is_some_and(|(host, authority)| {
        !host.as_bytes().eq_ignore_ascii_case(authority.as_str().as_bytes())
    });
    // Requests are smuggled past a proxy when it reads another host than the server (RFC 9112 section 3.2).
    if differs || hosts.next().is_some() {
        return Err(Reason::HostAmbiguous);
    }
    if is_for_a_service_worker(headers) { Err(Reason::ServiceWorker) } else { Ok(()) }
}

/// Whether a request is for a service worker's script. A service worker would see the vault's requests and their tokens.
fn is_for_a_service_worker(headers: &HeaderMap) -> bool {
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
