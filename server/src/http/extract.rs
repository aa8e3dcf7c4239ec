//! The gate: what becomes of a request before a handler sees it.

use axum::{
    extract::{FromRef, FromRequestParts, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderValue,
    header::{AUTHORIZATION, CACHE_CONTROL},
    request::Parts,
};
use serde::de::DeserializeOwned;
use symbolon_shared::{proof::Operation, wire::REFRESH_COOKIE};

use super::{origin, respond::clear_cookies};
use crate::{
    cookie,
    error::{Error, Reason},
    sign_in,
    symbolon::Symbolon,
    vault_proof::{Checked, ProvenVault},
    verify::Authenticated,
};

/// Lets nobody in without both halves.
pub(crate) async fn gate(State(symbolon): State<Symbolon>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let mut response = match authenticate(&symbolon, &mut parts).await {
        Ok(_) => next.run(Request::from_parts(parts, body)).await,
        Err(error) => error.into_response(),
    };
    clear_cookies(&mut response, symbolon.config());
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl<S, C> FromRequestParts<S> for Authenticated<C>
where
    S: Send + Sync,
    Symbolon: FromRef<S>,
    C: DeserializeOwned,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        authenticate(&Symbolon::from_ref(state), parts).await?.with_claims()
    }
}

/// Verifies once a request, however many ask, and takes both halves out of it: a handler cannot log or echo them.
async fn authenticate(symbolon: &Symbolon, parts: &mut Parts) -> Result<Authenticated, Error> {
    if let Some(who) = parts.extensions.get::<Authenticated>() {
        return Ok(who.clone());
    }
    let who = symbolon.authenticate(bearer(&parts.headers)?, &parts.headers).await?;
    parts.headers.remove(AUTHORIZATION);
    cookie::strip(&mut parts.headers, &[symbolon.config().fingerprint_cookie(), REFRESH_COOKIE]);
    parts.extensions.insert(who.clone());
    Ok(who)
}

/// The token of the one `Authorization: Bearer`, and of nothing that is nearly that (RFC 6750 section 2.1).
fn bearer(headers: &HeaderMap) -> Result<&str, Reason> {
    let mut found = headers.get_all(AUTHORIZATION).iter();
    let value = match (found.next(), found.next()) {
        (None, _) => return Err(Reason::BearerMissing),
        (Some(value), None) => value.to_str().map_err(|_| Reason::BearerMalformed)?,
        (Some(_), Some(_)) => return Err(Reason::BearerMalformed),
    };
    match value.split_once(' ') {
        Some((scheme, token))
            if scheme.eq_ignore_ascii_case("bearer") && !token.contains([' ', '\t', ',']) =>
        {
            Ok(token)
        }
        _ => Err(Reason::BearerMalformed),
    }
}

impl<S> FromRequestParts<S> for ProvenVault
where
    S: Send + Sync,
    Symbolon: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let symbolon = Symbolon::from_ref(state);
        origin::check(&parts.headers, &symbolon.config().origin)?;
        match symbolon.check_proof(&parts.headers, Operation::SignIn)? {
            Checked::Enrolment(enrolment) => {
                let previous = symbolon.halves(&parts.headers).ok();
                Ok(Self { enrolment, previous, browser: sign_in::browser_of(&parts.headers) })
            }
            // A worker that has a session does not begin another: its page starts a new worker for that.
            Checked::Signature(_) => Err(Reason::ProofInvalid.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&'static str]) -> Result<String, Reason> {
        let headers: HeaderMap =
            values.iter().map(|value| (AUTHORIZATION, HeaderValue::from_static(value))).collect();
        bearer(&headers).map(str::to_owned)
    }

    #[test]
    fn one_bearer_and_one_token_are_accepted_and_nothing_like_them() {
        for good in ["Bearer t", "bearer t", "BEARER t"] {
            assert_eq!(read(&[good]), Ok("t".into()));
        }
        assert_eq!(read(&[]), Err(Reason::BearerMissing));
        for wrong in [
            &["Bearer t", "Bearer t"][..],
            &["Bearer  t"],
            &["Bearer\tt"],
            &["Bearer t, Bearer u"],
            &["Bearer t "],
            &["Basic t"],
            &["t"],
            &[""],
        ] {
            assert_eq!(read(wrong), Err(Reason::BearerMalformed), "{wrong:?}");
        }
    }
}
