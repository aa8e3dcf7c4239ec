//! All that the vault does, generic over how it is done.

mod renewal;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use base64ct::{Base64UrlUnpadded, Encoding};
use symbolon_shared::{
    claims::subject_of,
    problem::Problem,
    proof::Operation,
    secret::AccessToken,
    wire::{SIGN_IN, SIGN_OUT, SIGN_OUT_EVERYWHERE},
};

use crate::{
    backoff::Backoff,
    boot::Boot,
    clock::ServerClock,
    error::{Challenge, VaultError},
    http::{Answer, Call, Http, Request, Response, Tabs, WorkerKey},
    request,
    turn::Turns,
};

/// Holds the token and spends it. No method returns it.
#[derive(Debug)]
pub struct Vault<H, K, T> {
    http: H,
    key: K,
    tabs: T,
    boot: Boot,
    clock: ServerClock,
    started_at: Duration,
    held: RefCell<Option<Held>>,
    /// The number of the last token.
    last: Cell<TokenNumber>,
    standing: Cell<Standing>,
    /// Somebody signs out: no request goes out any more.
    is_leaving: Cell<bool>,
    turns: Turns,
    backoff: Backoff,
}

#[derive(Clone, Debug)]
struct Held {
    token: Rc<AccessToken>,
    number: TokenNumber,
    renew_at: Duration,
}

/// Which of the vault's tokens one is, one after the other: so an answer can be judged by the token that asked, although
/// nobody keeps that any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenNumber(pub u32);

/// What the server knows of this vault's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Nothing; the secret may enrol it.
    Fresh,
    /// It belongs to a session.
    Enrolled,
    /// Nothing, or a session that is over, and the secret is used up.
    Spent,
}

/// What the page may know of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionInfo {
    /// The token's claims, as base64url of JSON. Without the signature they open nothing.
    pub claims: String,
    /// How long the token lives, in seconds from now.
    pub expires_in: u64,
}

impl SessionInfo {
    fn is_of(&self, subject: &str) -> bool {
        let claims = Base64UrlUnpadded::decode_vec(&self.claims).unwrap_or_default();
        std::str::from_utf8(&claims).is_ok_and(|claims| subject_of(claims) == Ok(subject))
    }
}

impl<H: Http, K: WorkerKey, T: Tabs> Vault<H, K, T> {
    /// A vault without a session.
    pub fn new(http: H, key: K, tabs: T, boot: Boot) -> Self {
        let started_at = http.now();
        Self {
            http,
            key,
            tabs,
            clock: ServerClock::new(boot.now, started_at),
            boot,
            started_at,
            held: RefCell::default(),
            last: Cell::default(),
            standing: Cell::new(Standing::Fresh),
            is_leaving: Cell::new(false),
            turns: Turns::default(),
            backoff: Backoff::default(),
        }
    }

    /// Takes up the session that the browser's cookies name, if there is one, and if it is `subject`'s, when one is given:
    /// a page that shows one person's data never goes on as another.
    ///
    /// # Errors
    /// [`VaultError::AccountChanged`]; and others when it cannot be known.
    pub async fn restore(&self, subject: Option<&str>) -> Result<Option<SessionInfo>, VaultError> {
        if !self.boot.may_have_session {
            return Ok(None);
        }
        let _turn = self.turns.take().await;
        match self.renew().await {
            Ok(session) if subject.is_some_and(|subject| !session.is_of(subject)) => {
                self.forget();
                Err(VaultError::AccountChanged)
            }
            Ok(session) => Ok(Some(session)),
            Err(VaultError::SessionExpired(None)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends credentials to the application's sign-in handler, and begins the session that it grants.
    ///
    /// # Errors
    /// [`VaultError::BadCredentials`]; [`VaultError::Spent`] when a new vault is needed for a new session.
    pub async fn sign_in(&self, credentials: &[u8]) -> Result<SessionInfo, VaultError> {
        let _turn = self.turns.take().await;
        if self.standing.get() != Standing::Fresh {
            return Err(VaultError::Spent);
        }
        let (answer, recipient) = self.prove(Operation::SignIn, SIGN_IN, credentials).await?;
        if answer.status == 200 {
            return self.hold(&answer, &recipient).await;
        }
        match answer.challenge().refusal(answer.status) {
            // No session is asked for, so what was refused is the secret: too old, or used.
            VaultError::SessionExpired(_) => {
                self.standing.set(Standing::Spent);
                Err(VaultError::Spent)
            }
            error => Err(error),
        }
    }

    /// Sends a page's request with the token; renews the token first when it is about to expire, and tries once more
    /// when the server finds it expired or out of date, for then it has done nothing yet.
    ///
    /// # Errors
    /// [`VaultError`] when the request was not sent, or has no answer for the page.
    pub async fn fetch(&self, request: &Request<H::Outgoing>) -> Result<Response<H::Incoming>, VaultError> {
        let (sending, asked_with) = match self.send_now(request)? {
            Some(sent) => sent,
            None => self.send(request, &self.fresh_token(None).await?),
        };
        self.settle(request, asked_with, self.http.answered(sending).await?).await
    }

    /// The first half of [`fetch`](Self::fetch), when a token is at hand: sends the request, and says with which token.
    ///
    /// # Errors
    /// [`VaultError`] when it may not be sent with any.
    pub fn send_now(
        &self,
        request: &Request<H::Outgoing>,
    ) -> Result<Option<(H::Sending, TokenNumber)>, VaultError> {
        request::check(request.address.as_ref(), &request.header_names, &self.boot)?;
        Ok(self.usable_token(None).map(|held| self.send(request, &held)))
    }

    /// The second half of [`fetch`](Self::fetch): what an answer means to the vault, and whether the page gets it. Only
    /// statuses 401 and 0 mean anything; the page gets all others as they are.
    ///
    /// # Errors
    /// [`VaultError`] when there is no answer for the page.
    pub async fn settle(
        &self,
        request: &Request<H::Outgoing>,
        mut asked_with: TokenNumber,
        mut response: Response<H::Incoming>,
    ) -> Result<Response<H::Incoming>, VaultError> {
        if !request.once && self.would_help(&response, asked_with) {
            let held = self.fresh_token(Some(asked_with)).await?;
            let sending;
            (sending, asked_with) = self.send(request, &held);
            response = self.http.answered(sending).await?;
        }
        if response.problem() == Some(Problem::SignInRequired) {
            let over = response.challenge().session_over();
            if self.holds(asked_with) {
                self.forget();
            }
            return Err(over);
        }
        if response.status == 0 && !request.shows_redirects {
            return Err(VaultError::RedirectBlocked);
        }
        Ok(response)
    }

    /// Takes the token from everybody, and has the server end the session, or all of the person's.
    ///
    /// # Errors
    /// [`VaultError`] when the server could not be told: the token is forgotten all the same.
    pub async fn sign_out(&self, everywhere: bool) -> Result<(), VaultError> {
        self.is_leaving.set(true);
        let held = self.held.take();
        let _turn = self.turns.take().await;
        // A refresh that was under way may have brought a newer one.
        let token = self.held.take().or(held).map(|held| held.token);
        let ended = match self.standing.get() {
            Standing::Enrolled => {
                self.end(token, if everywhere { SIGN_OUT_EVERYWHERE } else { SIGN_OUT }).await
            }
            // The other sessions of the person can be ended only from within one of them.
            Standing::Fresh | Standing::Spent if everywhere => Err(VaultError::NotSignedIn),
            Standing::Fresh | Standing::Spent => Ok(()),
        };
        // Otherwise nobody knows whether the session lives, and whoever signs out once more must ask, too.
        if matches!(ended, Ok(()) | Err(VaultError::SessionExpired(_))) {
            self.forget();
        }
        match ended {
            Err(VaultError::SessionExpired(_)) if !everywhere => Ok(()),
            ended => ended,
        }
    }

    async fn end(&self, token: Option<Rc<AccessToken>>, endpoint: &str) -> Result<(), VaultError> {
        let tell = async |token: &AccessToken| {
            self.http
                .call(Call { path: &self.path(endpoint), proof: None, bearer: Some(token), body: &[] })
                .await
        };
        if let Some(token) = token {
            let answer = tell(&token).await?;
            let problem = answer.challenge().problem();
            if !matches!(problem, Some(Problem::TokenExpired | Problem::TokenStale)) {
                return done(&answer);
            }
        }
        self.renew().await?;
        let held = self.held.take().ok_or(VaultError::NotSignedIn)?;
        done(&tell(&held.token).await?)
    }

    /// Asks the server whether the session lives, with the token forgotten in the meantime.
    ///
    /// # Errors
    /// [`VaultError::SessionExpired`] when it does not; and others when it cannot be known.
    pub async fn check(&self) -> Result<SessionInfo, VaultError> {
        let _turn = self.turns.take().await;
        if self.is_leaving.get() {
            return Err(VaultError::NotSignedIn);
        }
        self.held.replace(None);
        self.renew().await
    }

    /// Something makes it likely that the server can be reached again.
    pub fn wake(&self) {
        self.backoff.reset();
    }

    /// Whether a newer token may open what this one did not, and nothing was done yet.
    fn would_help<R>(&self, response: &Response<R>, asked_with: TokenNumber) -> bool {
        match response.problem() {
            Some(Problem::TokenExpired | Problem::TokenStale) => true,
            // The answer came late: the token has been renewed since.
            Some(Problem::SignInRequired) => !self.holds(asked_with) && self.usable_token(None).is_some(),
            _ => false,
        }
    }

    fn send(&self, request: &Request<H::Outgoing>, held: &Held) -> (H::Sending, TokenNumber) {
        (self.http.send(request, &held.token), held.number)
    }

    fn holds(&self, number: TokenNumber) -> bool {
        self.held.borrow().as_ref().is_some_and(|held| held.number == number)
    }

    /// Wipes the token. Requests under way have been sent, and keep none.
    fn forget(&self) {
        self.held.replace(None);
        self.standing.set(Standing::Spent);
    }

    fn path(&self, endpoint: &str) -> String {
        self.boot.auth_path.clone() + endpoint
    }
}

/// Whether an answer without a body says yes.
fn done(answer: &Answer) -> Result<(), VaultError> {
    if (200..300).contains(&answer.status) { Ok(()) } else { Err(answer.challenge().refusal(answer.status)) }
}

impl<T> Response<T> {
    fn challenge(&self) -> Challenge<'_> {
        Challenge::new(self.challenge.as_deref())
    }

    fn problem(&self) -> Option<Problem> {
        self.challenge().problem().filter(|_| self.status == 401)
    }
}
