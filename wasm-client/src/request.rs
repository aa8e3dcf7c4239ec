//! May this request of the page carry the token?
//!
//! Asked inside WebAssembly, of the *parsed* URL: script in the page can talk to the worker without our TypeScript,
//! and `/api/../auth/refresh`, `%2e%2e`, `..\` and `//auth` are all spellings of a path that must not be reached.

use crate::{boot::Boot, error::VaultError, http::Request};

/// Where a request goes, as the platform that sends it has parsed it, and what headers the page writes: a URL's origin, its
/// whole serialization, and the names of the headers, with spaces between them. In a web address there are no others.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a>(pub &'a str);

/// A request that may be sent with the token.
#[derive(Debug)]
pub struct Judged<T>(pub(crate) Request<T>);

impl<T> Judged<T> {
    pub(crate) fn new(target: Target<'_>, request: Request<T>, boot: &Boot) -> Result<Self, VaultError> {
        check(target, boot).map(|()| Self(request))
    }
}

/// Refuses what must not be sent with the token, or at all.
///
/// # Errors
/// [`VaultError::OriginNotAllowed`] for an origin that the server did not name; [`VaultError::Unsupported`] for our own
/// endpoints, a header that is the vault's or the browser's to write, and what is no web address, or has a user or a
/// password in it.
fn check(target: Target<'_>, boot: &Boot) -> Result<(), VaultError> {
    let mut words = target.0.split_ascii_whitespace();
    let (origin, href) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    // Nothing stands between them where there is no user, no password, and an origin at all.
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

/// Nobody escapes a path so often but to hide what it is, or to keep the vault busy.
const MOST_ESCAPES: usize = 8;

/// Whether some server on the way may take `path` for one at or below `base`: unescaped as often as it lets itself be,
/// in any case, with either slash, doubled slashes, and dots resolved.
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
        // What follows a semicolon is a parameter of the segment to some servers.
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

/// Undoes the escapes once, and says whether there were any.
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

fn is_reserved(header: &str) -> bool {
    let begins = |with: &str| header.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    ["authorization", "cookie", "host", "symbolon-proof"].iter().any(|name| header.eq_ignore_ascii_case(name))
        || begins("sec-")
        || begins("proxy-")
}

#[cfg(test)]
mod tests {
    use symbolon_shared::time::UnixTime;
    // In a browser the URL is parsed by the browser, so there the same tests ask that.
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
            // Escaped more often than anybody looks.
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
