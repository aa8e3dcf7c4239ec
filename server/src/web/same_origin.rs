//! Whether a request comes from the application's own pages.

use http::HeaderMap;

use crate::{config::Origin, error::Reason};

/// Refuses a request to an endpoint that a cookie reaches, unless the browser says that it is same-origin.
///
/// `Sec-Fetch-Site` and `Origin` are written by the browser, and page script cannot forge them. Either may be absent;
/// what is there must be right, and both absent is a refusal, not a yes.
pub(crate) fn check(headers: &HeaderMap, own: &Origin) -> Result<(), Reason> {
    let all = |name| headers.get_all(name).iter();
    let said = all("sec-fetch-site").count() + all("origin").count() > 0;
    let same =
        all("sec-fetch-site").all(|site| site == "same-origin") && all("origin").all(|origin| own == origin);
    if said && same { Ok(()) } else { Err(Reason::CrossOrigin) }
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
