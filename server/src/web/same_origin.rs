//! Checks that a request comes from the application's own origin.

use http::HeaderMap;

use crate::{error::Reason, origin::Origin};

/// Refuses a request unless the browser says that it is same-origin. For endpoints that browsers send cookies to.
///
/// The browser writes `Sec-Fetch-Site` and `Origin`, and page script cannot forge them. One of them may be absent. The
/// values present must be right, and a request without both is refused.
pub(crate) fn check(headers: &HeaderMap, expected: &Origin) -> Result<(), Reason> {
    let all = |name| headers.get_all(name).iter();
    let any = all("sec-fetch-site").count() + all("origin").count() > 0;
    let same = all("sec-fetch-site").all(|site| site == "same-origin")
        && all("origin").all(|origin| expected == origin);
    if any && same { Ok(()) } else { Err(Reason::CrossOrigin) }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;
    use crate::Config;

    fn check_all(pairs: &[(&'static str, &'static str)]) -> Result<(), Reason> {
        let own = Config::new("https://app.example").unwrap().origin;
        let pairs = pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        check(&pairs.collect(), &own)
    }

    #[test]
    fn only_our_own_pages_pass() {
        const SITE: &str = "sec-fetch-site";
        assert_eq!(check_all(&[(SITE, "same-origin"), ("origin", "https://app.example")]), Ok(()));
        assert_eq!(check_all(&[(SITE, "same-origin")]), Ok(()));
        assert_eq!(check_all(&[("origin", "https://app.example")]), Ok(()));
        for refused in [
            &[][..],
            &[(SITE, "cross-site")],
            &[(SITE, "same-site")],
            &[(SITE, "none")],
            &[(SITE, "same-origin"), (SITE, "cross-site")],
            &[(SITE, "same-origin"), ("origin", "https://evil.example")],
            &[(SITE, "cross-site"), ("origin", "https://app.example")],
            &[("origin", "null")],
            &[("origin", "http://app.example")],
            &[("origin", "https://app.example:8443")],
            &[("origin", "https://app.example.evil.example")],
            &[("origin", "https://sub.app.example")],
        ] {
            assert_eq!(check_all(refused), Err(Reason::CrossOrigin), "{refused:?}");
        }
    }
}
