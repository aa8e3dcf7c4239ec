//! The allow-list of the worker: which URL and headers a request with the token may have.
//!
//! The check runs inside WebAssembly, on the *parsed* URL: page script can send messages to the worker without our
//! TypeScript. A path below our own endpoints has many spellings, such as `/api/../auth/refresh`, `%2e%2e`, `..\` and
//! `//auth`.

use crate::{boot::Boot, error::VaultError};

/// The URL of a request and the names of its headers, as the platform that sends it parsed them.
///
/// Spaces separate the words: `<origin> <URL> <header> <header> ...`. A serialized URL and a header name have no space.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a>(pub &'a str);

/// Checks whether a request to this target may carry the token.
///
/// # Errors
/// [`VaultError::OriginNotAllowed`] for an origin that the server did not name. [`VaultError::Unsupported`] for our own
/// endpoints, for a header that only the vault or the browser may write, for a URL whose scheme is not `http` or
/// `https`, and for a URL with a user or a password.
pub(crate) fn check(target: Target<'_>, boot: &Boot) -> Result<(), VaultError> {
    let mut words = target.0.split_ascii_whitespace();
    let (origin, href) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    // The URL continues right after its origin only if it has no user and no password.
    let rest = href.strip_prefix(origin).unwrap_or_default();
    if !rest.starts_with('/') || !(origin.starts_with("https:") || origin.starts_with("http:")) {
        return Err(VaultError::Unsupported);
    }
    if origin == boot.origin {
        let path = rest.as_bytes().split(|byte| b"?#".contains(byte)).next().unwrap_or_default();
        if is_below(path, boot.auth_path.as_bytes()) {
            return Err(VaultError::Unsupported);
        }
    } else if !boot.api_origins.iter().any(|allowed| allowed == origin) {
        return Err(VaultError::OriginNotAllowed);
    }
    if words.any(is_reserved) { Err(VaultError::Unsupported) } else { Ok(()) }
}

/// The greatest number of times that a path may be percent-encoded. More only hides the path, or keeps the vault busy.
const MOST_ESCAPES: usize = 8;

/// Returns whether any server on the way may read `path` as one at or below `base`.
///
/// The check decodes percent-encoding repeatedly, ignores case, reads `\` as `/`, merges slashes, and resolves dots.
fn is_below(path: &[u8], base: &[u8]) -> bool {
    let mut plain = path.to_ascii_lowercase();
    let mut escapes = 0;
    while unescape(&mut plain) {
        plain.make_ascii_lowercase();
        escapes += 1;
        if escapes > MOST_ESCAPES {
            return true;
        }
    }
    let mut segments = Vec::new();
    for segment in plain.split(|byte| b"/\\".contains(byte)) {
        // To some servers, the text after a semicolon is a parameter of the segment.
        match segment.split(|byte| *byte == b';').next().unwrap_or_default() {
            b"" | b"." => {}
            b".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    let mut segments = segments.into_iter();
    let mut base = base.split(|byte| *byte == b'/').filter(|segment| !segment.is_empty());
    base.all(|segment| segments.next() == Some(segment))
}

/// Decodes percent-encoding once. Returns whether there was any.
fn unescape(text: &mut Vec<u8>) -> bool {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text.as_slice();
    while let [byte, after @ ..] = rest {
        if let [b'%', high, low, after @ ..] = rest
            && let (Some(high), Some(low)) = (digit(*high), digit(*low))
        {
            plain.extend(u8::try_from(high * 16 + low));
            rest = after;
        } else {
            plain.push(*byte);
            rest = after;
        }
    }
    let unescaped = plain.len() < text.len();
    *text = plain;
    unescaped
}

/// Returns whether only the vault or the browser may write this header.
fn is_reserved(header: &str) -> bool {
    let begins = |with: &str| header.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    ["authorization", "cookie", "host", "symbolon-proof"].iter().any(|name| header.eq_ignore_ascii_case(name))
        || begins("sec-")
        || begins("proxy-")
}

#[cfg(test)]
mod tests {
    use symbolon_shared::time::UnixTime;
    // In a browser these tests use the browser's URL parser.
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn checked(url: &str, headers: &[&str]) -> Result<(), VaultError> {
        let boot = Boot {
            origin: "https://app.example".into(),
            api_origins: vec!["https://api.example:8443".into()],
            auth_path: "/auth".into(),
            secret_id: String::new(),
            secret_lifetime: 0,
            now: UnixTime(0),
            may_have_session: false,
        };
        let (origin, href) = parsed(url).unwrap_or_default();
        check(Target(&format!("{origin} {href} {}", headers.join(" "))), &boot)
    }

    #[cfg(target_arch = "wasm32")]
    fn parsed(text: &str) -> Option<(String, String)> {
        let url = web_sys::Url::new(text).ok()?;
        Some((url.origin(), url.href()))
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn parsed(text: &str) -> Option<(String, String)> {
        let url = url::Url::parse(text).ok()?;
        Some((url.origin().ascii_serialization(), url.into()))
    }

    #[test]
    fn the_token_goes_where_the_server_said() {
        for url in [
            "https://app.example/api/me",
            "https://app.example",
            "https://APP.example:443/authors",
            "https://api.example:8443/auth/x",
        ] {
            assert_eq!(checked(url, &["accept", "x-request-id"]), Ok(()), "{url}");
        }
    }

    ///
    #[test]
    fn the_token_goes_nowhere_else() {
        for url in [
            "https://evil.example/",
            "http://app.example/api",
            "https://app.example:8443/api",
            "https://app.example.evil.example/",
            "https://api.example/",
        ] {
            assert_eq!(checked(url, &[]), Err(VaultError::OriginNotAllowed), "{url}");
        }
        for url in [
            "/api/me",
            "",
            "https://",
            "https://user@app.example/",
            "https://user:pass@app.example/",
            "data:text/plain,x",
            "blob:https://app.example/1",
        ] {
            assert_eq!(checked(url, &[]), Err(VaultError::Unsupported), "{url}");
        }
    }

    #[test]
    fn our_own_endpoints_cannot_be_reached_in_any_spelling() {
        for path in [
            "/auth",
            "/auth/",
            "/auth/refresh",
            "/api/../auth/refresh",
            "/api/%2e%2e/auth/refresh",
            "/api/..\\auth/refresh",
            "//auth/refresh",
            "/%61uth/refresh",
            "/%2561uth/refresh",
            // Percent-encoded more often than the check decodes.
            "/x%2525252525252525252525252561",
            "/AUTH/refresh",
            "/./auth/refresh",
            "/auth;x=1/refresh",
            "/api/..%2fauth/refresh",
            "/api/..%5cauth/refresh",
            "/auth?x",
            "/auth#x",
            "/%2e/auth",
        ] {
            assert_eq!(
                checked(&format!("https://app.example{path}"), &[]),
                Err(VaultError::Unsupported),
                "{path}"
            );
        }
    }

    #[test]
    fn headers_of_the_vault_and_the_browser_are_not_the_pages_to_write() {
        for header in [
            "authorization",
            "Authorization",
            "Cookie",
            "Host",
            "Sec-Fetch-Site",
            "Proxy-Authorization",
            "Symbolon-Proof",
        ] {
            assert_eq!(
                checked("https://app.example/api", &[header]),
                Err(VaultError::Unsupported),
                "{header}"
            );
        }
    }
}
