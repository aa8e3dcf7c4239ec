//! The names of the cookies.
//!
//! No script can set or read a cookie with the prefix `__Host-Http-` in a browser that knows this prefix. Other
//! browsers apply the rules of `__Host-` (draft-ietf-httpbis-layered-cookies, section 4.1.3).

/// The fingerprint cookie: a [`Fingerprint`](crate::fingerprint::Fingerprint).
pub const FINGERPRINT_COOKIE: &str = "__Host-Http-symbolon";

/// The fingerprint cookie of [`FingerprintFormat::Owasp`](crate::fingerprint::FingerprintFormat::Owasp): the name that
/// OWASP's formerly published text uses.
pub const OWASP_FINGERPRINT_COOKIE: &str = "__Secure-Fgp";

/// The refresh cookie: a [`RefreshToken`](crate::refresh_token::RefreshToken).
pub const REFRESH_COOKIE: &str = "__Host-Http-symbolon-refresh";

/// The vault cookie: a [`VaultCookie`](crate::proof::VaultCookie). Alone, it opens nothing.
pub const VAULT_COOKIE: &str = "__Host-Http-symbolon-vault";

/// The cookie for server-rendered pages: a fingerprint, a dot, and a rendered token. It holds both halves.
pub const RENDERED_COOKIE: &str = "__Host-Http-symbolon-rendered";
