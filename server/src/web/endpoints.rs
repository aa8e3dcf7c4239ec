//! The endpoints of the session, all but the sign-in, which is the application's.

use http::{
    HeaderName, HeaderValue, Method, Response, StatusCode,
    header::{ALLOW, CONTENT_TYPE},
    request::Parts,
};
use serde::Serialize;
use symbolon_shared::{
    id::SessionId,
    proof::Operation,
    time::UnixTime,
    wire::{
        ONE_SESSION, REFRESH, SESSION, SESSIONS, SIGN_OUT, SIGN_OUT_EVERYWHERE, VAULT_BOOT, VAULT_INLINE,
        VAULT_MODULE, VAULT_SCRIPT,
    },
};

use super::{
    respond::{SessionOver, below_auth, empty},
    same_origin, vault,
};
use crate::{
    config::SESSION_ADMIN_MAX_AGE,
    error::{Error, Reason},
    identity::Authenticated,
    session::Session,
    sign_in,
    symbolon::Symbolon,
    vault_proof::{ProvenVault, VerifiedProof},
};

impl Symbolon {
    /// Answers any request below `/auth` but the sign-in: 404 where there is nothing, 405 where another method is meant.
    /// No endpoint reads a body. [`routes`](Self::routes) does this, and the rest.
    pub async fn answer(&self, parts: Parts) -> Response<Vec<u8>> {
        match self.dispatch(parts).await {
            Ok(response) => response,
            Err(error) => error.into(),
        }
    }

    async fn dispatch(&self, mut parts: Parts) -> Result<Response<Vec<u8>>, Error> {
        let path = parts.uri.path().to_owned();
        let path = below_auth(&path);
        let one = |prefix: &str| {
            let rest = path.strip_prefix(prefix.split('{').next()?)?;
            (!rest.is_empty() && !rest.contains('/')).then_some(rest)
        };
        let is = |method: Method| {
            let asked = &parts.method;
            *asked == method || (method == Method::GET && *asked == Method::HEAD)
        };
        match path {
            VAULT_SCRIPT if is(Method::GET) => vault::script(self, &parts.headers),
            VAULT_BOOT if is(Method::GET) => vault::readable_boot(self, &parts.headers),
            VAULT_INLINE if is(Method::GET) => vault::inline(),
            SESSION if is(Method::GET) => self.own_session(&mut parts).await,
            SESSIONS if is(Method::GET) => self.own_sessions(&mut parts).await,
            REFRESH if is(Method::POST) => {
                same_origin::check(&parts.headers, &self.config().origin)?;
                match self.refresh(&parts.headers).await {
                    Ok(grant) => Ok(grant.into()),
                    Err(Error::Refused(reason)) if reason.ends_the_session() => {
                        let mut response: Response<_> = Error::from(reason).into();
                        response.extensions_mut().insert(SessionOver);
                        Ok(response)
                    }
                    Err(error) => Err(error),
                }
            }
            SIGN_OUT if is(Method::POST) => {
                let who = self.acting(&mut parts).await?;
                self.sign_out(&who).await?;
                Ok(self.signed_out())
            }
            SIGN_OUT_EVERYWHERE if is(Method::POST) => {
                let who = self.acting(&mut parts).await?;
                self.revoke_all(who.subject()).await?;
                Ok(self.signed_out())
            }
            VAULT_SCRIPT | VAULT_BOOT | VAULT_INLINE | SESSION | SESSIONS => Ok(other_method("GET")),
            REFRESH | SIGN_OUT | SIGN_OUT_EVERYWHERE => Ok(other_method("POST")),
            _ => match (one(ONE_SESSION), one(VAULT_MODULE)) {
                (Some(id), _) if is(Method::DELETE) => self.end_own_session(&mut parts, id).await,
                (_, Some(file)) if is(Method::GET) => Ok(vault::module(file)),
                (Some(_), _) => Ok(other_method("DELETE")),
                (_, Some(_)) => Ok(other_method("GET")),
                (None, None) => Ok(empty(StatusCode::NOT_FOUND)),
            },
        }
    }

    /// Whether a request to sign in comes from a vault of ours, in our own page: for an application that answers
    /// `/auth/sign-in` without axum. With axum, a handler takes a [`ProvenVault`] as an argument.
    ///
    /// # Errors
    /// [`Error::Refused`] or [`Error::Store`].
    pub async fn prove_vault(&self, parts: &Parts) -> Result<ProvenVault, Error> {
        let headers = &parts.headers;
        same_origin::check(headers, &self.config().origin)?;
        // Forms and beacons, which a page of any origin can send, have other types (Fetch, CORS-safelisted).
        let mut types = headers.get_all(CONTENT_TYPE).iter();
        let is_json = |value: &HeaderValue| {
            let essence = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
            essence.trim_ascii().eq_ignore_ascii_case(b"application/json")
                && !value.as_bytes().contains(&b',')
        };
        if !types.next().is_some_and(is_json) || types.next().is_some() {
            return Err(Reason::NotJson.into());
        }
        match self.check_proof(headers, Operation::SignIn)? {
            VerifiedProof::Enrolment(enrolment) => {
                let known = self.read_feed().await?;
                let previous = self.halves(headers).ok();
                Ok(ProvenVault { enrolment, known, previous, browser: sign_in::browser_of(headers) })
            }
            // A worker that has a session does not begin another: its page starts a new worker for that.
            VerifiedProof::Signature(_) => Err(Reason::ProofInvalid.into()),
        }
    }

    /// Who does something, from our own pages.
    async fn acting(&self, parts: &mut Parts) -> Result<Authenticated, Error> {
        same_origin::check(&parts.headers, &self.config().origin)?;
        self.authenticate_request(parts).await
    }

    fn signed_out(&self) -> Response<Vec<u8>> {
        let mut response = empty(StatusCode::NO_CONTENT);
        if self.config().clears_site_data {
            let storage = HeaderValue::from_static(r#""storage""#);
            response.headers_mut().insert(HeaderName::from_static("clear-site-data"), storage);
        }
        response.extensions_mut().insert(SessionOver);
        response
    }

    async fn own_session(&self, parts: &mut Parts) -> Result<Response<Vec<u8>>, Error> {
        let who = self.authenticate_request(parts).await?;
        let own = |session: &Session| session.id == who.session();
        match self.sessions(who.subject()).await?.into_iter().find(own) {
            Some(session) => Ok(json(&Shown::to(&who, session))),
            None => Ok(empty(StatusCode::NOT_FOUND)),
        }
    }

    async fn own_sessions(&self, parts: &mut Parts) -> Result<Response<Vec<u8>>, Error> {
        let who = self.authenticate_request(parts).await?;
        let sessions = self.sessions(who.subject()).await?.into_iter();
        Ok(json(&sessions.map(|session| Shown::to(&who, session)).collect::<Vec<_>>()))
    }

    /// Ends one of a person's own sessions. For whoever has only just found an open tab, their password stands before it.
    async fn end_own_session(&self, parts: &mut Parts, id: &str) -> Result<Response<Vec<u8>>, Error> {
        let who = self.acting(parts).await?;
        who.require_recent(SESSION_ADMIN_MAX_AGE)?;
        let sessions = self.sessions(who.subject()).await?;
        // Somebody else's session is no session: nobody learns which exist.
        let Some(session) = sessions.into_iter().find(|session| session.id.to_text() == id) else {
            return Ok(empty(StatusCode::NOT_FOUND));
        };
        self.revoke(&session.id).await?;
        Ok(empty(StatusCode::NO_CONTENT))
    }
}

/// A session as its own person may see it.
#[derive(Serialize)]
struct Shown {
    id: SessionId,
    device: String,
    signed_in_at: UnixTime,
    last_seen_at: UnixTime,
    expires_at: UnixTime,
    /// Whether it is the one that asks.
    current: bool,
}

impl Shown {
    fn to(who: &Authenticated, session: Session) -> Self {
        Self {
            id: session.id,
            device: session.authentication.device.unwrap_or(session.browser),
            signed_in_at: session.authenticated_at,
            last_seen_at: session.last_seen_at,
            expires_at: session.expires_at,
            current: session.id == who.session(),
        }
    }
}

fn json(value: &impl Serialize) -> Response<Vec<u8>> {
    let mut response = Response::new(serde_json::to_vec(value).unwrap_or_default());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn other_method(allowed: &'static str) -> Response<Vec<u8>> {
    let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}
