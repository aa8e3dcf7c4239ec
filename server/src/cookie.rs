//! Reads, sets, clears and strips Symbolon's cookies.
//!
//! A sibling subdomain can plant cookies whose names a lenient parser takes for Symbolon's: percent-encoded, behind Unicode
//! white space, in another case, or simply twice. So a name matches in its exact bytes, nothing is decoded, only SP and
//! TAB are trimmed, and a name that comes twice is refused. The values of other cookies do not matter.

use http::{HeaderMap, HeaderValue, header::COOKIE};

use crate::error::Reason;

/// Returns the value of the one cookie named `name`.
///
/// # Errors
/// [`Reason::CookieMissing`], [`Reason::CookieDuplicated`], or [`Reason::CookieMalformed`] if the value is not UTF-8.
pub(crate) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, Reason> {
    let mut found = None;
    for header in headers.get_all(COOKIE) {
        for value in pairs(header).filter_map(|pair| value_of(pair, name)) {
            if found.replace(value).is_some() {
                return Err(Reason::CookieDuplicated);
            }
        }
    }
    std::str::from_utf8(found.ok_or(Reason::CookieMissing)?).map_err(|_| Reason::CookieMalformed)
}

/// Removes the cookies with these names from the request, so that no handler can log or echo them.
pub(crate) fn strip(headers: &mut HeaderMap, names: &[&str]) {
    let mut kept: Vec<u8> = Vec::new();
    for pair in headers.get_all(COOKIE).iter().flat_map(pairs) {
        if !names.iter().any(|name| value_of(pair, name).is_some()) {
            kept.extend_from_slice(if kept.is_empty() { b"" } else { b"; " });
            kept.extend_from_slice(pair);
        }
    }
    headers.remove(COOKIE);
    if !kept.is_empty() {
        headers.insert(
            COOKIE,
            HeaderValue::from_bytes(&kept).expect("parts of header values make a header value"),
        );
    }
}

/// Returns a `Set-Cookie` for a cookie without an expiry: the browser keeps it until it closes. The server alone decides
/// how long the session lives.
pub(crate) fn set(name: &str, value: &str) -> HeaderValue {
    header(&format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Strict"))
}

/// Returns a `Set-Cookie` that deletes the cookie. The attributes must equal those of [`set`], or the browser keeps it.
pub(crate) fn clear(name: &str) -> HeaderValue {
    header(&format!("{name}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"))
}

/// Returns a header value that is marked sensitive, so that tracing layers hide it.
fn header(text: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(text).expect("names and values are visible ASCII");
    value.set_sensitive(true);
    value
}

/// Splits a `Cookie` header into trimmed `name=value` pairs.
fn pairs(header: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(header.as_bytes());
    std::iter::from_fn(move || {
        let bytes = rest?;
        let end = memchr::memchr(b';', bytes);
        rest = end.map(|end| &bytes[end + 1..]);
        Some(trim(&bytes[..end.unwrap_or(bytes.len())]))
    })
}

/// Returns the value of a pair whose name is `name`. The name is what precedes the first `=`; a pair without `=` is a
/// value without a name (RFC 6265bis section 5.6).
fn value_of<'a>(pair: &'a [u8], name: &str) -> Option<&'a [u8]> {
    trim(pair.strip_prefix(name.as_bytes())?).strip_prefix(b"=").map(trim)
}

/// Trims SP and TAB, and nothing else.
fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const N: &str = "__Host-Http-symbolon";

    fn headers(values: &[&[u8]]) -> HeaderMap {
        values.iter().map(|value| (COOKIE, HeaderValue::from_bytes(value).unwrap())).collect()
    }

    fn read_one(value: impl AsRef<[u8]>) -> Result<String, Reason> {
        read(&headers(&[value.as_ref()]), N).map(str::to_owned)
    }

    /// Covers: C-09
    #[test]
    fn only_the_exact_name_is_read() {
        for others in [
            "",
            "a=1; ",
            "x=caf\u{e9}; ",
            "$Version=1; ",
            "__host-http-symbolon=E; ",
            "__Host%2dHttp%2dsymbolon=E; ",
            "\u{2000}__Host-Http-symbolon=E; ",
            "\u{a0}__Host-Http-symbolon=E; ",
            "\u{85}__Host-Http-symbolon=E; ",
            "__Host-Http-symbolon; ",
            "=__Host-Http-symbolon=E; ",
            "__Host-Http-symbolon[]=E; ",
            "symbolon=E; ",
            "__Host-Http-symbolon-refresh=E; ",
        ] {
            assert_eq!(read_one(format!("{others}{N}=G; b=2")), Ok("G".into()), "{others:?}");
            assert_eq!(read_one(others.trim_end_matches("; ")), Err(Reason::CookieMissing), "{others:?}");
        }
        assert_eq!(read_one([b"\xff\xfe; ".as_slice(), N.as_bytes(), b"=G"].concat()), Ok("G".into()));
    }

    /// Covers: C-09
    #[test]
    fn a_value_is_not_decoded() {
        assert_eq!(read_one(format!("{N}=\"G\"")), Ok("\"G\"".into()));
        assert_eq!(read_one(format!("{N}=a%3Bb")), Ok("a%3Bb".into()));
        assert_eq!(read_one(format!("{N}=a=b")), Ok("a=b".into()));
        assert_eq!(read_one(format!("\t{N}\t= G \t; x")), Ok("G".into()));
        assert_eq!(read_one([N.as_bytes(), b"=\xff"].concat()), Err(Reason::CookieMalformed));
    }

    /// Covers: C-08
    #[test]
    fn a_name_that_comes_twice_is_refused() {
        for twice in [
            format!("{N}=G; {N}=E"),
            format!("{N}=E; {N}=G"),
            format!("{N}=G; {N}=G"),
            format!("x=\"; {N}=E; y=\"; {N}=G"),
        ] {
            assert_eq!(read_one(&twice), Err(Reason::CookieDuplicated), "{twice}");
        }
        let (good, evil) = (format!("{N}=G"), format!("{N}=E"));
        assert_eq!(read(&headers(&[good.as_bytes(), evil.as_bytes()]), N), Err(Reason::CookieDuplicated));
        assert_eq!(read(&headers(&[b"a=1", good.as_bytes()]), N), Ok("G"), "HTTP/2 may split the header");
    }

    #[test]
    fn symbolons_cookies_are_stripped_and_others_are_kept() {
        let mut request =
            headers(&[format!("a=1; {N}=G;b=caf\u{e9}").as_bytes(), format!("{N}-refresh=R").as_bytes()]);
        strip(&mut request, &[N, "__Host-Http-symbolon-refresh"]);
        assert_eq!(request.get(COOKIE).unwrap().as_bytes(), "a=1; b=caf\u{e9}".as_bytes());
        let mut request = headers(&[format!("{N}=G").as_bytes()]);
        strip(&mut request, &[N]);
        assert!(request.is_empty());
    }
}
