//! All that the vault does, generic over how it is done.

mod renewal;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use symbolon_shared::{
    access_token::AccessToken,
    claims::subject_of,
    paths::{SIGN_IN, SIGN_OUT, SIGN_OUT_EVERYWHERE},
    proof::Operation,
};

use crate::{
    backoff::Backoff,
    boot::Boot,
    clock::{Milliseconds, ServerClock},
    error::{Challenge, SIGN_IN_REQUIRED, TOKEN_EXPIRED, TOKEN_STALE, VaultError},
    http::{Answer, Call, Head, Http, Request, Turns, WorkerKeys},
    request::{Judged, Target},
};

/// Holds the token and spends it. No method returns it.
#[derive(Debug)]
pub struct Vault<B, K> {
    browser: B,
    keys: K,
    boot: Boot,
    clock: ServerClock,
    started_at: Milliseconds,
    held: RefCell<Option<Held>>,
    /// The number of the last token.
    last: Cell<TokenNumber>,
    standing: Cell<Standing>,
    /// Somebody signs out: no request goes out any more.
    is_leaving: Cell<bool>,
    backoff: Backoff,
}

#[derive(Clone, Debug)]
struct Held {
    token: Rc<AccessToken>,
    number: TokenNumber,
    renew_at: Milliseconds,
}

/// What a token claims, as base64url of JSON: what the page may know of a session. Without the signature it opens nothing.
pub type Claims = String;

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

impl<B: Http + Turns, K: WorkerKeys> Vault<B, K> {
    /// A vault without a session.
    pub fn new(browser: B, keys: K, boot: Boot) -> Self {
        let started_at = browser.now();
        Self {
            browser,
            keys,
            clock: ServerClock::new(boot.now, started_at),
            boot,
            started_at,
            held: RefCell::default(),
            last: Cell::default(),
            standing: Cell::new(Standing::Fresh),
            is_leaving: Cell::new(false),
            backoff: Backoff::default(),
        }
    }

    /// Takes up the session that the browser's cookies name, if there is one, and if it is `subject`'s, when one is given:
    /// a page that shows one person's data never goes on as another.
    ///
    /// # Errors
    /// [`VaultError::AccountChanged`]; and others when it cannot be known.
    pub async fn restore(&self, subject: Option<&str>) -> Result<Option<Claims>, VaultError> {
        if !self.boot.may_have_session {
            return Ok(None);
        }
        let _turn = self.browser.in_tab().await;
        match self.renew().await {
            Ok(claims)
                if subject.is_some_and(|subject| subject_of(&self.keys.decoded(&claims)) != Ok(subject)) =>
            {
                self.forget();
                Err(VaultError::AccountChanged)
            }
            Ok(claims) => Ok(Some(claims)),
            Err(VaultError::SessionExpired(None)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends credentials to the application's sign-in handler, and begins the session that it grants.
    ///
    /// # Errors
    /// [`VaultError::BadCredentials`]; [`VaultError::Spent`] when a new vault is needed for a new session.
    pub async fn sign_in(&self, credentials: &str) -> Result<Claims, VaultError> {
        let _turn = self.browser.in_tab().await;
        if self.standing.get() != Standing::Fresh {
            return Err(VaultError::Spent);
        }
        let (answer, message) = self.prove(Operation::SignIn, SIGN_IN, credentials).await?;
        if answer.head.status == 200 {
            return self.hold(&answer, &message).await;
        }
        match answer.head.challenge().refusal(answer.head.status) {
            // No session is asked for, so what was refused is the secret: too old, or used.
            VaultError::SessionExpired(_) => {
                self.standing.set(Standing::Spent);
                Err(VaultError::Spent)
            }
            error => Err(error),
        }
    }

    /// Whether a page's request may be sent with the token.
    ///
    /// # Errors
    /// [`VaultError::OriginNotAllowed`]; [`VaultError::Unsupported`] for one that is sent with none.
    pub fn judge<T>(&self, target: Target<'_>, request: Request<T>) -> Result<Judged<T>, VaultError> {
        Judged::new(target, request, &self.boot)
    }

    /// Sends a page's request with the token; renews the token first when it is about to expire, and tries once more
    /// when the server finds it expired or out of date, for then it has done nothing yet.
    ///
    /// # Errors
    /// [`VaultError`] when the request was not sent, or has no answer for the page.
    pub async fn fetch(&self, request: &Judged<B::Outgoing>) -> Result<B::Incoming, VaultError> {
        let held = self.fresh_token(None).await?;
        let (sending, asked_with) = self.send(&request.0, held);
        self.settle(&request.0, asked_with, self.browser.answered(sending).await?).await
    }

    /// The first half of [`fetch`](Self::fetch), when a token is at hand: sends the request, and says with which token.
    pub fn send_now(&self, request: &Judged<B::Outgoing>) -> Option<(B::Sending, TokenNumber)> {
        self.usable_token(None).map(|held| self.send(&request.0, held))
    }

    /// The second half of [`fetch`](Self::fetch): what an answer means to the vault, and whether the page gets it. Only
    /// statuses 401 and 0 mean anything; the page gets all others as they are.
    ///
    /// # Errors
    /// [`VaultError`] when there is no answer for the page.
    pub async fn settle(
        &self,
        request: &Request<B::Outgoing>,
        mut asked_with: TokenNumber,
        mut response: B::Incoming,
    ) -> Result<B::Incoming, VaultError> {
        let mut head = self.browser.head(&response);
        if !request.once && self.would_help(&head, asked_with) {
            let newer = self.fresh_token(Some(asked_with)).await?;
            let sending;
            (sending, asked_with) = self.send(request, newer);
            response = self.browser.answered(sending).await?;
            head = self.browser.head(&response);
        }
        if head.is_refused_for(SIGN_IN_REQUIRED) {
            if self.holds(asked_with) {
                self.forget();
            }
            return Err(head.challenge().session_over());
        }
        if head.status == 0 && !request.shows_redirects {
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
        let _turn = self.browser.in_tab().await;
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
            self.browser
                .call(Call { path: &self.path(endpoint), proof: None, bearer: Some(token), body: "" })
                .await
        };
        if let Some(token) = token {
            let answer = tell(&token).await?;
            let challenge = answer.head.challenge();
            if !challenge.says(TOKEN_EXPIRED) && !challenge.says(TOKEN_STALE) {
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
    pub async fn check(&self) -> Result<Claims, VaultError> {
        let _turn = self.browser.in_tab().await;
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
    fn would_help(&self, head: &Head, asked_with: TokenNumber) -> bool {
        head.is_refused_for(TOKEN_EXPIRED)
            || head.is_refused_for(TOKEN_STALE)
            // The answer came late: the token has been renewed since.
            || head.is_refused_for(SIGN_IN_REQUIRED)
                && !self.holds(asked_with)
                && self.usable_token(None).is_some()
    }

    /// Takes what is held, so that whoever waits for the answer keeps no token.
    #[expect(clippy::needless_pass_by_value, reason = "the caller must not have it any more")]
    fn send(&self, request: &Request<B::Outgoing>, held: Held) -> (B::Sending, TokenNumber) {
        (self.browser.send(&request.rest, &held.token), held.number)
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
    if (200..300).contains(&answer.head.status) {
        Ok(())
    } else {
        Err(answer.head.challenge().refusal(answer.head.status))
    }
}

impl Head {
    pub(crate) fn challenge(&self) -> Challenge<'_> {
        Challenge::new(self.challenge.as_deref())
    }

    fn is_refused_for(&self, code: &str) -> bool {
        self.status == 401 && self.challenge().says(code)
    }
}
