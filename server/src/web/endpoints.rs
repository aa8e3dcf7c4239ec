//! The endpoints below `/auth`, except the sign-in, which is the application's.

use std::pin::Pin;

use http::{
    HeaderName, HeaderValue, Method, Response, StatusCode,
    header::{ALLOW, CONTENT_TYPE},
    request::Parts,
};
use serde::Serialize;
use symbolon_shared::{
    id::SessionId,
    paths::{
        ONE_SESSION, REFRESH, SESSION, SESSIONS, SIGN_OUT, SIGN_OUT_EVERYWHERE, VAULT_BOOT, VAULT_INLINE,
        VAULT_MODULE, VAULT_SCRIPT,
    },
    proof::Operation,
    time::UnixTime,
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
    symbolon::Symbolon,
    user_agent,
    vault_proof::{ProvenVault, VerifiedProof},
};

/// An endpoint. Its last path segment may be a parameter in braces.
struct Endpoint {
    method: Method,
    path: &'static str,
    handler: Handler,
}

/// Answers a request: its head, and the value of the path's parameter or an empty text.
type Handler = for<'r> fn(&'r Symbolon, &'r mut Parts, &'r str) -> Answer<'r>;

type Answer<'r> = Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, Error>> + Send + 'r>>;

#[rustfmt::skip]
static ENDPOINTS: [Endpoint; 10] = [
    endpoint(Method::GET, VAULT_SCRIPT, |symbolon, parts, _| Box::pin(async { vault::script(symbolon, &parts.headers) })),
    endpoint(Method::GET, VAULT_BOOT, |symbolon, parts, _| Box::pin(async { vault::boot(symbolon, &parts.headers) })),
    endpoint(Method::GET, VAULT_INLINE, |_, _, _| Box::pin(async { vault::inline() })),
    endpoint(Method::GET, VAULT_MODULE, |_, _, file| Box::pin(async { Ok(vault::module(file)) })),
    endpoint(Method::POST, REFRESH, |symbolon, parts, _| Box::pin(symbolon.answer_refresh(parts))),
    endpoint(Method::POST, SIGN_OUT, |symbolon, parts, _| Box::pin(symbolon.answer_sign_out(parts))),
    endpoint(Method::POST, SIGN_OUT_EVERYWHERE, |symbolon, parts, _| Box::pin(symbolon.answer_sign_out_everywhere(parts))),
    endpoint(Method::GET, SESSION, |symbolon, parts, _| Box::pin(symbolon.answer_session(parts))),
    endpoint(Method::GET, SESSIONS, |symbolon, parts, _| Box::pin(symbolon.answer_sessions(parts))),
    endpoint(Method::DELETE, ONE_SESSION, |symbolon, parts, id| Box::pin(symbolon.answer_revoke(parts, id))),
];

const fn endpoint(method: Method, path: &'static str, handler: Handler) -> Endpoint {
    Endpoint { method, path, handler }
}

impl Endpoint {
    /// Returns the value of the parameter if `path` is this endpoint's, or an empty text if the endpoint has none.
    fn parameter<'p>(&self, path: &'p str) -> Option<&'p str> {
        let Some((prefix, _)) = self.path.split_once('{') else { return (path == self.path).then_some("") };
        path.strip_prefix(prefix).filter(|value| !value.is_empty() && !value.contains('/'))
    }

    /// Whether requests with this method go to this endpoint. A HEAD goes where a GET goes.
    fn allows(&self, method: &Method) -> bool {
        *method == self.method || (*method == Method::HEAD && self.method == Method::GET)
    }
}

impl Symbolon {
    /// Answers any request below `/auth` except the sign-in: 404 for unknown paths, 405 for other methods. No endpoint
    /// reads a body.
    ///
    /// With axum, [`routes`](Self::routes) calls it. Without axum, put [`auth_layer`](Self::auth_layer) around it.
    ///
    /// ```
    /// # use symbolon_server::*;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let (config, keys) = (Config::new("https://app.example")?, SigningKeys::generate()?);
    /// # let symbolon = Symbolon::new(config, keys, store::Memory::default()).await?;
    /// let (request, ()) = http::Request::get("/auth/refresh").body(()).unwrap().into_parts();
    /// let response = symbolon.answer(request).await;
    /// assert_eq!((response.status().as_u16(), &response.headers()["allow"]), (405, &"POST".parse().unwrap()));
    /// # Ok(()) }
    /// ```
    pub async fn answer(&self, mut parts: Parts) -> Response<Vec<u8>> {
        let path = parts.uri.path().to_owned();
        let path = below_auth(&path);
        let found = ENDPOINTS.iter().find_map(|endpoint| Some((endpoint, endpoint.parameter(path)?)));
        match found {
            None => empty(StatusCode::NOT_FOUND),
            Some((endpoint, _)) if !endpoint.allows(&parts.method) => method_not_allowed(&endpoint.method),
            Some((endpoint, parameter)) => {
                (endpoint.handler)(self, &mut parts, parameter).await.unwrap_or_else(Into::into)
            }
        }
    }

    async fn answer_refresh(&self, parts: &Parts) -> Result<Response<Vec<u8>>, Error> {
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

    async fn answer_sign_out(&self, parts: &mut Parts) -> Result<Response<Vec<u8>>, Error> {
        let who = self.authenticate_same_origin(parts).await?;
        self.sign_out(&who).await?;
        Ok(self.signed_out())
    }

    async fn answer_sign_out_everywhere(&self, parts: &mut Parts) -> Result<Response<Vec<u8>>, Error> {
        let who = self.authenticate_same_origin(parts).await?;
        self.revoke_all(who.subject()).await?;
        Ok(self.signed_out())
    }

    /// Answers with the session of the request.
    async fn answer_session(&self, parts: &mut Parts) -> Result<Response<Vec<u8>>, Error> {
        let who = self.authenticate_request(parts).await?;
        let is_current = |session: &Session| session.id == who.session();
        match self.sessions(who.subject()).await?.into_iter().find(is_current) {
            Some(session) => Ok(json(&SessionView::new(&who, session))),
            None => Ok(empty(StatusCode::NOT_FOUND)),
        }
    }

    /// Answers with all live sessions of the person who asks.
    async fn answer_sessions(&self, parts: &mut Parts) -> Result<Response<Vec<u8>>, Error> {
        let who = self.authenticate_request(parts).await?;
        let sessions = self.sessions(who.subject()).await?.into_iter();
        Ok(json(&sessions.map(|session| SessionView::new(&who, session)).collect::<Vec<_>>()))
    }

    /// Ends one session of the person who asks. Needs a recent authentication, so that somebody who finds an open tab
    /// cannot do it without the password.
    async fn answer_revoke(&self, parts: &mut Parts, id: &str) -> Result<Response<Vec<u8>>, Error> {
        let who = self.authenticate_same_origin(parts).await?;
        who.require_recent(SESSION_ADMIN_MAX_AGE)?;
        let sessions = self.sessions(who.subject()).await?;
        // Another person's session gets the same answer as none: nobody learns which sessions exist.
        let Some(session) = sessions.into_iter().find(|session| session.id.to_text() == id) else {
            return Ok(empty(StatusCode::NOT_FOUND));
        };
        self.revoke(&session.id).await?;
        Ok(empty(StatusCode::NO_CONTENT))
    }

    /// Authenticates a request that changes something: it must come from the application's own origin.
    async fn authenticate_same_origin(&self, parts: &mut Parts) -> Result<Authenticated, Error> {
        same_origin::check(&parts.headers, &self.config().origin)?;
        self.authenticate_request(parts).await
    }

    /// Returns the response to a sign-out.
    fn signed_out(&self) -> Response<Vec<u8>> {
        let mut response = empty(StatusCode::NO_CONTENT);
        if self.config().clears_site_data {
            let storage = HeaderValue::from_static(r#""storage""#);
            response.headers_mut().insert(HeaderName::from_static("clear-site-data"), storage);
        }
        response.extensions_mut().insert(SessionOver);
        response
    }

    /// Verifies that a sign-in comes from a vault of this server, in a page of the application's own origin. With axum, a
    /// handler takes a [`ProvenVault`] as an argument instead.
    ///
    /// ```
    /// # use {http::request::Parts, symbolon_server::*};
    /// async fn guest(symbolon: Symbolon, parts: &Parts) -> Result<Grant, Error> {
    ///     let vault = symbolon.prove_vault(parts).await?;
    ///     symbolon.sign_in("guest", vault).await
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::Refused`] with the reason; [`Error::Store`].
    pub async fn prove_vault(&self, parts: &Parts) -> Result<ProvenVault, Error> {
        let headers = &parts.headers;
        same_origin::check(headers, &self.config().origin)?;
        // Forms and beacons, which pages of any origin can send, have other types (Fetch, "CORS-safelisted request-header").
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
                let previous = self.cookies(headers).ok();
                Ok(ProvenVault { enrolment, known, previous, browser: user_agent::browser_of(headers) })
            }
            // A worker with a session begins no other: its page starts a new worker for that.
            VerifiedProof::Signature(_) => Err(Reason::ProofInvalid.into()),
        }
    }
}

/// A session as its own person may see it.
#[derive(Serialize)]
struct SessionView {
    id: SessionId,
    device: String,
    signed_in_at: UnixTime,
    last_seen_at: UnixTime,
    expires_at: UnixTime,
    /// Whether this is the session of the request.
    current: bool,
}

impl SessionView {
    fn new(who: &Authenticated, session: Session) -> Self {
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

fn method_not_allowed(allowed: &Method) -> Response<Vec<u8>> {
    let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
    let allowed = HeaderValue::from_str(allowed.as_str()).expect("the names of methods are visible ASCII");
    response.headers_mut().insert(ALLOW, allowed);
    response
}
