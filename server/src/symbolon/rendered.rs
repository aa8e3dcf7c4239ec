//! Sessions for server-rendered pages: one cookie holds both halves, and the server renews the token itself.

use http::{HeaderMap, HeaderValue};
use symbolon_shared::{cookies::RENDERED_COOKIE, id::SessionId};
use zeroize::Zeroizing;

use super::{Symbolon, sign_in::NewSession};
use crate::{
    cookie,
    error::{Error, Reason},
    identity::Authenticated,
    keys::TokenKind,
    session::Session,
    sign_in::SignIn,
    store::Position,
    symbolon::Attempt,
    user_agent,
};

/// A form that a page of the application's own origin sent: the extractor for a sign-in handler without the vault.
///
/// No other code can make one, so a sign-in handler that forgets the same-origin check does not compile.
///
/// ```
/// # use symbolon_server::{Error, RenderedCookie, SameOriginForm, Symbolon};
/// async fn guest(symbolon: Symbolon, form: SameOriginForm) -> Result<RenderedCookie, Error> {
///     symbolon.sign_in_rendered("guest", form).await
/// }
/// ```
#[derive(Debug)]
pub struct SameOriginForm {
    /// The last change in the feed before the application was asked who the person is.
    pub(crate) known: Position,
    /// The session that this browser had until now.
    pub(crate) previous: Option<SessionId>,
    /// The families of browser and system.
    pub(crate) browser: String,
}

/// The cookie of a server-rendered session, to be part of a response. No method reads it.
#[must_use = "the cookie does nothing unless it is part of the response"]
pub struct RenderedCookie(pub(crate) HeaderValue);

impl std::fmt::Debug for RenderedCookie {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RenderedCookie(..)")
    }
}

impl Symbolon {
    /// Begins a session for a person who has just proved who they are, in a form of a server-rendered page. Return the
    /// cookie with the response, such as a redirect.
    ///
    /// Put [`auth_layer`](Self::auth_layer) around the route: it limits how often passwords can be guessed.
    ///
    /// ```
    /// # use axum::{Form, extract::State, response::{IntoResponse, Redirect}};
    /// # use symbolon_server::*;
    /// # #[derive(serde::Deserialize)] struct SignIn { name: String, password: String }
    /// # async fn check_password(form: &SignIn) -> Option<u64> { None }
    /// async fn sign_in(
    ///     State(symbolon): State<Symbolon>,
    ///     origin: SameOriginForm,
    ///     Form(form): Form<SignIn>,
    /// ) -> Result<impl IntoResponse, Error> {
    ///     let user = check_password(&form).await.ok_or(Error::BadCredentials)?;
    ///     Ok((symbolon.sign_in_rendered(user, origin).await?, Redirect::to("/")))
    /// }
    /// ```
    ///
    /// # Errors
    /// Those of [`sign_in`](Self::sign_in), except that a form cannot be used twice.
    pub async fn sign_in_rendered(
        &self,
        user: impl Into<SignIn>,
        form: SameOriginForm,
    ) -> Result<RenderedCookie, Error> {
        let (subject, authentication) = user.into().check()?;
        let SameOriginForm { known, previous, browser } = form;
        let new = NewSession { known, previous, browser, workers: Vec::new(), kind: TokenKind::Rendered };
        let (fingerprint, _refresh_token, body) = self.start_session(subject, authentication, new).await?;
        Ok(rendered_cookie(fingerprint.expose(), body.access_token.expose()))
    }

    /// Ends a server-rendered session. Return the cookie with the response: it clears the browser's.
    ///
    /// ```
    /// # use axum::{extract::State, response::{IntoResponse, Redirect}};
    /// # use symbolon_server::*;
    /// async fn sign_out(State(symbolon): State<Symbolon>, who: Authenticated) -> Result<impl IntoResponse, Error> {
    ///     Ok((symbolon.sign_out_rendered(&who).await?, Redirect::to("/")))
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn sign_out_rendered<C>(&self, who: &Authenticated<C>) -> Result<RenderedCookie, Error> {
        self.revoke(&who.session()).await?;
        Ok(RenderedCookie(cookie::clear(RENDERED_COOKIE)))
    }

    /// Returns the proof of a same-origin form. `current` is the session that the gate has authenticated, if the form is
    /// behind one.
    pub(crate) async fn same_origin_form(
        &self,
        headers: &HeaderMap,
        current: Option<SessionId>,
    ) -> Result<SameOriginForm, Error> {
        let known = self.read_feed().await?;
        let previous = current.or_else(|| self.session_of_rendered(headers).ok());
        Ok(SameOriginForm { known, previous, browser: user_agent::browser_of(headers) })
    }

    /// Returns the session that a genuine cookie names, even if its token has expired.
    fn session_of_rendered(&self, headers: &HeaderMap) -> Result<SessionId, Reason> {
        let (fingerprint, token) = halves(headers)?;
        let signed = self.verifier(TokenKind::Rendered, &self.ring(), self.now()).check_but_time(token)?;
        Ok(self.bind(signed, fingerprint)?.session())
    }

    /// Authenticates the cookie of a server-rendered session without awaiting.
    pub(crate) fn try_authenticate_rendered(&self, headers: &HeaderMap) -> Result<Attempt, Reason> {
        let (fingerprint, token) = halves(headers)?;
        self.try_authenticate_halves(TokenKind::Rendered, token, fingerprint)
    }

    /// Renews a token that has expired or is out of date, if its session is live. Returns the person and the new cookie.
    pub(crate) async fn renew_rendered(
        &self,
        headers: &HeaderMap,
    ) -> Result<(Authenticated, RenderedCookie), Error> {
        let now = self.now();
        let known = self.read_feed().await?;
        let id = self.session_of_rendered(headers)?;
        let session = self.0.store.load(&id).await?.ok_or(Reason::SessionUnknown)?;
        let session = self.with_last_seen(session);
        session.check(now)?;
        self.assess(&session, headers).await?;
        let browser = user_agent::browser_of(headers);
        if browser != session.browser {
            // If another request changes the session at this moment, that change wins, and the next renewal repeats this one.
            self.0.store.update(&Session { browser, ..session.clone() }).await?;
        }
        let app = self.claims_of(&session).await?;
        // The request for a page is a person's, so it counts as use, like a request with a vault's token.
        self.0.last_seen.note(id, now);
        let session = self.with_last_seen(session);
        let body = self.issue_token(TokenKind::Rendered, &session, app.as_deref(), known, now)?;
        let ((fingerprint, _), next) = (halves(headers)?, body.access_token.expose());
        let attempt = self.try_authenticate_halves(TokenKind::Rendered, next, fingerprint)?;
        let who = attempt.or_confirm_with_store(self).await?;
        Ok((who, rendered_cookie(fingerprint, next)))
    }
}

/// Returns the fingerprint and the token in the cookie of a server-rendered session.
fn halves(headers: &HeaderMap) -> Result<(&str, &str), Reason> {
    cookie::read(headers, RENDERED_COOKIE)?.split_once('.').ok_or(Reason::CookieMalformed)
}

fn rendered_cookie(fingerprint: &str, token: &str) -> RenderedCookie {
    RenderedCookie(cookie::set(RENDERED_COOKIE, &Zeroizing::new(format!("{fingerprint}.{token}"))))
}
