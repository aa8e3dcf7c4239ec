//! The response of a sign-in or a refresh: cookies and token, which are sent together or not at all.

use http::{
    HeaderValue, Response,
    header::{CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE},
};
use symbolon_shared::{
    cookies::REFRESH_COOKIE, fingerprint::Fingerprint, refresh_token::RefreshToken, seal::SealedGrant,
};

use crate::cookie;

/// The response of a sign-in or a refresh: both cookies, and the token sealed to the worker that asked for it. Return it from
/// the handler; no method reads the token or the cookies.
///
/// ```
/// # use symbolon_server::{Error, Grant, ProvenVault, Symbolon};
/// async fn guest(symbolon: Symbolon, vault: ProvenVault) -> Result<Grant, Error> {
///     symbolon.sign_in("guest", vault).await
/// }
/// ```
#[derive(Debug)]
#[must_use = "a grant does nothing unless it is the response"]
pub struct Grant {
    pub(crate) fingerprint_cookie: &'static str,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) refresh: RefreshToken,
    pub(crate) body: SealedGrant,
}

impl<B: From<Vec<u8>>> From<Grant> for Response<B> {
    fn from(grant: Grant) -> Self {
        let Grant { fingerprint_cookie, fingerprint, refresh, body } = grant;
        let mut response = Response::new(body.to_text().into_bytes().into());
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.append(SET_COOKIE, cookie::set(fingerprint_cookie, fingerprint.expose()));
        headers.append(SET_COOKIE, cookie::set(REFRESH_COOKIE, &refresh.expose()));
        response
    }
}
