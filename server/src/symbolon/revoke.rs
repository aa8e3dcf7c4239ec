//! Ends sessions, and announces changed permissions.

use std::fmt::Display;

use symbolon_shared::{id::SessionId, subject::Subject};

use super::Symbolon;
use crate::{
    error::Error,
    event::Event,
    identity::Authenticated,
    session::Session,
    store::{Change, Scope},
};

/// Ending sessions and changing permissions. When such a method returns, the store and every later request to this server
/// know of the change. Other processes with the same store learn of it within
/// [`FEED_INTERVAL`](crate::config::FEED_INTERVAL). After an error, treat the outcome as unknown, and repeat the call:
/// repeating does no harm.
impl Symbolon {
    /// Ends the session of this request, and no other. The person's browser keeps its cookies, which are worthless.
    ///
    /// ```
    /// # use symbolon_server::{Authenticated, Error, Symbolon};
    /// async fn leave(symbolon: Symbolon, who: Authenticated) -> Result<(), Error> {
    ///     symbolon.sign_out(&who).await
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn sign_out<C>(&self, who: &Authenticated<C>) -> Result<(), Error> {
        self.revoke(&who.session()).await
    }

    /// Ends the session with this id: every later request with its token is refused.
    ///
    /// ```
    /// # use symbolon_server::{Error, Symbolon};
    /// # async fn end_oldest(symbolon: &Symbolon) -> Result<(), Error> {
    /// if let Some(session) = symbolon.sessions(42).await?.last() {
    ///     symbolon.revoke(&session.id).await?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn revoke(&self, session: &SessionId) -> Result<(), Error> {
        self.change(Change::Ended(Scope::Session(*session))).await
    }

    /// Ends all sessions of one person. Use it to sign out everywhere, to close an account, or to recover one.
    ///
    /// ```
    /// # use symbolon_server::{Error, Symbolon};
    /// # async fn close_account(symbolon: &Symbolon) -> Result<(), Error> {
    /// symbolon.revoke_all(42).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidSubject`] or [`Error::Store`].
    pub async fn revoke_all(&self, user: impl Display) -> Result<(), Error> {
        self.change(Change::Ended(Scope::Subject(subject(user)?))).await
    }

    /// Ends all sessions of a person but the one of this request, which gets a new token at its next request. Call it after
    /// a password or another factor was changed.
    ///
    /// ```
    /// # use symbolon_server::{Authenticated, Error, Symbolon};
    /// async fn password_changed(symbolon: Symbolon, who: Authenticated) -> Result<(), Error> {
    ///     symbolon.revoke_others(&who).await
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn revoke_others<C>(&self, who: &Authenticated<C>) -> Result<(), Error> {
        self.change(Change::Ended(Scope::Others(who.as_subject().clone(), who.session()))).await
    }

    /// Ends all sessions of everybody.
    ///
    /// ```
    /// # use symbolon_server::{Error, Symbolon};
    /// # async fn after_a_break_in(symbolon: &Symbolon) -> Result<(), Error> {
    /// symbolon.revoke_everyone().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn revoke_everyone(&self) -> Result<(), Error> {
        self.change(Change::Ended(Scope::Everyone)).await
    }

    /// Announces that a person's permissions have changed. Their next request is refused as out of date, their vault
    /// refreshes, and the hook [`claims`](super::Builder::claims) fills the new token.
    ///
    /// ```
    /// # use symbolon_server::{Error, Symbolon};
    /// # async fn make_editor(symbolon: &Symbolon) -> Result<(), Error> {
    /// // first change the role in your database, then:
    /// symbolon.permissions_changed(42).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidSubject`] or [`Error::Store`].
    pub async fn permissions_changed(&self, user: impl Display) -> Result<(), Error> {
        self.change(Change::Permissions(subject(user)?)).await
    }

    /// Returns the live sessions of one person, the one used last first.
    ///
    /// ```
    /// # use symbolon_server::{Error, Symbolon};
    /// # async fn list(symbolon: &Symbolon) -> Result<(), Error> {
    /// for session in symbolon.sessions(42).await? {
    ///     println!("{}, last used at {}", session.browser, session.last_seen_at.0);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidSubject`] or [`Error::Store`].
    pub async fn sessions(&self, user: impl Display) -> Result<Vec<Session>, Error> {
        let now = self.now();
        let sessions = self.0.store.sessions_of(&subject(user)?).await?;
        let sessions = sessions.into_iter().map(|session| self.with_last_seen(session));
        let mut live: Vec<_> = sessions.filter(|session| session.check(now).is_ok()).collect();
        live.sort_by_key(|session| (std::cmp::Reverse(session.last_seen_at), session.id));
        Ok(live)
    }

    /// Makes a change in the store, and then in this server's live view.
    pub(super) async fn change(&self, change: Change) -> Result<(), Error> {
        let now = self.now();
        let position = self.0.store.apply(&change, now).await?;
        self.0.live.note(change.clone(), position, now);
        self.emit(&match change {
            Change::Ended(scope) => Event::Ended(scope),
            Change::Permissions(subject) => Event::PermissionsChanged { subject },
        });
        Ok(())
    }
}

fn subject(user: impl Display) -> Result<Subject, Error> {
    Subject::new(user).map_err(|_| Error::InvalidSubject)
}
