//! Sessions for pages that a server renders: both halves are in one cookie, and the server itself renews the token.

use http::{HeaderMap, HeaderValue};
use symbolon_shared::{id::SessionId, wire::RENDERED_COOKIE};
use zeroize::Zeroizing;

use super::{Symbolon, sign_in::Start};
use crate::{
    cookie,
    error::{Error, Reason},
    identity::Authenticated,
    keys::TokenKind,
    session::Session,
    sign_in::{self, SignIn},
    store::Position,
    symbolon::Attempt,
};

/// A page of our own that asks to sign somebody in: the extractor for a handler of a form. It cannot be made otherwise,
/// so a sign-in that forgot to look where the form comes from does not compile.
#[derive(Debug)]
pub struct SameOriginForm {
    pub(crate) known: Position,
    pub(crate) previous: Option<SessionId>,
    pub(crate) browser: String,
}

/// The cookie with both halves on its way out. It can only be part of an answer: nothing reads it.
#[must_use = "it does nothing unless it is a part of the response"]
pub struct RenderedCookie(pub(crate) HeaderValue);

impl std::fmt::Debug for RenderedCookie {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RenderedCookie(..)")
    }
}

impl Symbolon {
    /// Begins a session for a person who has just proved who they are, in a form. What is returned is put before the
    /// answer, such as a redirect. Put the [`auth_layer`](Self::auth_layer) around the route, so that who guesses
    /// passwords is held up.
    ///
    /// ```
    /// # use axum::{Form, extract::State, response::{IntoResponse, Redirect}};
    /// # use symbolon_server::*;
    /// # #[derive(serde::Deserialize)] struct SignIn { name: String, password: String }
    /// # async fn check_password(form: &SignIn) -> Option<u64> { None }
    /// async fn sign_in(
    ///     State(symbolon): State<Symbolon>,
    ///     page: SameOriginForm,
    ///     Form(form): Form<SignIn>,
    /// ) -> Result<impl IntoResponse, Error> {
    ///     let user = check_password(&form).await.ok_or(Error::BadCredentials)?;
    ///     Ok((symbolon.sign_in_rendered(user, page).await?, Redirect::to("/")))
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`sign_in`](Self::sign_in).
    pub async fn sign_in_rendered(
        &self,
        user: impl Into<SignIn>,
        page: SameOriginForm,
    ) -> Result<RenderedCookie, Error> {
        let (subject, authentication) = user.into().check()?;
        let SameOriginForm { known, previous, browser } = page;
        let start = Start { known, previous, browser, workers: Vec::new(), kind: TokenKind::Rendered };
        let (fingerprint, _nobody_has_it, body) = self.begin(subject, authentication, start).await?;
        Ok(rendered_cookie(fingerprint.expose(), body.access_token.expose()))
    }

    /// Ends the session of a page. What is returned clears its cookie.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn sign_out_rendered<C>(&self, who: &Authenticated<C>) -> Result<RenderedCookie, Error> {
        self.revoke(&who.session()).await?;
        Ok(RenderedCookie(cookie::clear(RENDERED_COOKIE)))
    }

    /// A page that asks, where the gate has found somebody already or where there is none.
    pub(crate) async fn same_origin_form(
        &self,
        headers: &HeaderMap,
        asks: Option<SessionId>,
    ) -> Result<SameOriginForm, Error> {
        let known = self.read_feed().await?;
        let previous = asks.or_else(|| self.session_of_rendered(headers).ok());
        Ok(SameOriginForm { known, previous, browser: sign_in::browser_of(headers) })
    }

    /// The session that a genuine cookie names, whether or not its token has expired.
    fn session_of_rendered(&self, headers: &HeaderMap) -> Result<SessionId, Reason> {
        let (fingerprint, token) = halves(headers)?;
        let signed = self.verifier(TokenKind::Rendered, &self.ring(), self.now()).check_but_time(token)?;
        Ok(self.bind(signed, fingerprint)?.session())
    }

    pub(crate) fn try_authenticate_rendered(&self, headers: &HeaderMap) -> Result<Attempt, Reason> {
        let (fingerprint, token) = halves(headers)?;
        self.try_authenticate_halves(TokenKind::Rendered, token, fingerprint)
    }

    /// Who asks with a token that has expired or is out of date, and the cookie with the next one, if the session lives.
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
        let browser = sign_in::browser_of(headers);
        if browser != session.browser {
            // Whoever changes the record in the same moment has the last word; it is told of again then.
            self.0.store.update(&Session { browser, ..session.clone() }).await?;
        }
        let app = self.claims_of(&session).await?;
        // A page's request is a person's, and so it is activity, as one with a vault's token is.
        self.0.last_seen.note(id, now);
        let session = self.with_last_seen(session);
        let body = self.token(&session, app.as_deref(), known, now, TokenKind::Rendered)?;
        let ((fingerprint, _), next) = (halves(headers)?, body.access_token.expose());
        let who = self.confirm(self.try_authenticate_halves(TokenKind::Rendered, next, fingerprint)?).await?;
        Ok((who, rendered_cookie(fingerprint, next)))
    }
}

/// The fingerprint and the token.
fn halves(headers: &HeaderMap) -> Result<(&str, &str), Reason> {
    cookie::read(headers, RENDERED_COOKIE)?.split_once('.').ok_or(Reason::CookieMalformed)
}

fn rendered_cookie(fingerprint: &str, token: &str) -> RenderedCookie {
    RenderedCookie(cookie::set(RENDERED_COOKIE, &Zeroizing::new(format!("{fingerprint}.{token}"))))
}
