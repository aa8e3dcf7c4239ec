//! Sessions for pages that a server renders: both halves are in one cookie, and the server itself renews the token.

use http::{HeaderMap, HeaderValue};
use symbolon_shared::{id::SessionId, wire::PAGE_COOKIE};
use zeroize::Zeroizing;

use super::{Symbolon, begin::Start};
use crate::{
    cookie,
    error::{Error, Reason},
    identity::Authenticated,
    keys::Kind,
    session::Session,
    sign_in::{self, SignIn},
    store::Position,
    symbolon::Judged,
};

/// A page of our own that asks to sign somebody in: the extractor for a handler of a form. It cannot be made otherwise,
/// so a sign-in that forgot to look where the form comes from does not compile.
#[derive(Debug)]
pub struct OwnPage {
    pub(crate) known: Position,
    pub(crate) previous: Option<SessionId>,
    pub(crate) browser: String,
}

/// The cookie with both halves on its way out. It can only be part of an answer: nothing reads it.
#[must_use = "it does nothing unless it is a part of the response"]
pub struct PageCookie(pub(crate) HeaderValue);

impl std::fmt::Debug for PageCookie {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PageCookie(..)")
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
    ///     page: OwnPage,
    ///     Form(form): Form<SignIn>,
    /// ) -> Result<impl IntoResponse, Error> {
    ///     let user = check_password(&form).await.ok_or(Error::BadCredentials)?;
    ///     Ok((symbolon.sign_in_page(user, page).await?, Redirect::to("/")))
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`sign_in`](Self::sign_in).
    pub async fn sign_in_page(&self, user: impl Into<SignIn>, page: OwnPage) -> Result<PageCookie, Error> {
        let (subject, authentication) = user.into().check()?;
        let OwnPage { known, previous, browser } = page;
        let start = Start { known, previous, browser, workers: Vec::new(), kind: Kind::Page };
        let (fingerprint, _nobody_has_it, body) = self.begin(subject, authentication, start).await?;
        Ok(page_cookie(fingerprint.expose(), body.access_token.expose()))
    }

    /// Ends the session of a page. What is returned clears its cookie.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn sign_out_page<C>(&self, who: &Authenticated<C>) -> Result<PageCookie, Error> {
        self.revoke(&who.session()).await?;
        Ok(PageCookie(cookie::clear(PAGE_COOKIE)))
    }

    /// A page that asks, where the gate has found somebody already or where there is none.
    pub(crate) async fn own_page(
        &self,
        headers: &HeaderMap,
        asks: Option<SessionId>,
    ) -> Result<OwnPage, Error> {
        let known = self.catch_up().await?;
        let previous = asks.or_else(|| self.session_of_page(headers).ok());
        Ok(OwnPage { known, previous, browser: sign_in::browser_of(headers) })
    }

    /// The session that a genuine cookie names, whether or not its token has expired.
    fn session_of_page(&self, headers: &HeaderMap) -> Result<SessionId, Reason> {
        let (fingerprint, token) = halves(headers)?;
        let signed = self.verifier(Kind::Page, &self.ring(), self.now()).check_but_time(token)?;
        Ok(self.bind(signed, fingerprint)?.session())
    }

    pub(crate) fn judge_page(&self, headers: &HeaderMap) -> Result<Judged, Reason> {
        let (fingerprint, token) = halves(headers)?;
        self.judge_halves(Kind::Page, token, fingerprint)
    }

    /// Who asks with a token that has expired or is out of date, and the cookie with the next one, if the session lives.
    pub(crate) async fn renew_page(&self, headers: &HeaderMap) -> Result<(Authenticated, PageCookie), Error> {
        let now = self.now();
        let known = self.catch_up().await?;
        let id = self.session_of_page(headers)?;
        let session = self.0.store.load(&id).await?.ok_or(Reason::SessionUnknown)?;
        let session = self.with_activity(session);
        session.check(now)?;
        self.assess(&session, headers).await?;
        let browser = sign_in::browser_of(headers);
        if browser != session.browser {
            // Whoever changes the record in the same moment has the last word; it is told of again then.
            self.0.store.update(&Session { browser, ..session.clone() }).await?;
        }
        let app = self.claims_of(&session).await?;
        // A page's request is a person's, and so it is activity, as one with a vault's token is.
        self.0.activity.note(id, now);
        let session = self.with_activity(session);
        let body = self.token(&session, app.as_deref(), known, now, Kind::Page)?;
        let ((fingerprint, _), next) = (halves(headers)?, body.access_token.expose());
        let who = self.settle(self.judge_halves(Kind::Page, next, fingerprint)?).await?;
        Ok((who, page_cookie(fingerprint, next)))
    }
}

/// The fingerprint and the token.
fn halves(headers: &HeaderMap) -> Result<(&str, &str), Reason> {
    cookie::read(headers, PAGE_COOKIE)?.split_once('.').ok_or(Reason::CookieMalformed)
}

fn page_cookie(fingerprint: &str, token: &str) -> PageCookie {
    PageCookie(cookie::set(PAGE_COOKIE, &Zeroizing::new(format!("{fingerprint}.{token}"))))
}
