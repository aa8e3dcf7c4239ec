//! How sessions end, and what people may do changes.

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

/// Each of these has happened, for the store and for every later request to this server, when it returns. Other
/// processes that share the store know of it within [`FEED_INTERVAL`](crate::config::FEED_INTERVAL). If it fails, it
/// cannot be said whether it has happened; doing it twice is doing it once.
impl Symbolon {
    /// Ends this session, and no other.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn sign_out<C>(&self, who: &Authenticated<C>) -> Result<(), Error> {
        self.revoke(&who.session()).await
    }

    /// Ends the session with this id.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn revoke(&self, session: &SessionId) -> Result<(), Error> {
        self.change(Change::Ended(Scope::Session(*session))).await
    }

    /// Ends all sessions of one person: signing out everywhere, closing an account, recovering one.
    ///
    /// # Errors
    /// [`Error::InvalidSubject`] or [`Error::Store`].
    pub async fn revoke_all(&self, user: impl Display) -> Result<(), Error> {
        self.change(Change::Ended(Scope::Subject(subject(user)?))).await
    }

    /// Ends all sessions of a person but the one that asks: to be called after a password or another factor has changed.
    /// The one that asks gets a new token at its next request.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn revoke_others<C>(&self, who: &Authenticated<C>) -> Result<(), Error> {
        self.change(Change::Ended(Scope::Others(who.as_subject().clone(), who.session()))).await
    }

    /// Ends every session of everybody.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn revoke_everyone(&self) -> Result<(), Error> {
        self.change(Change::Ended(Scope::Everyone)).await
    }

    /// Says that what a person may do has changed. The next request with one of their tokens is refused as out of date;
    /// their vaults refresh, and the [hook](super::Builder::claims) says what the new tokens say.
    ///
    /// # Errors
    /// [`Error::InvalidSubject`] or [`Error::Store`].
    pub async fn permissions_changed(&self, user: impl Display) -> Result<(), Error> {
        self.change(Change::Permissions(subject(user)?)).await
    }

    /// The living sessions of one person, the one used last first.
    ///
    /// # Errors
    /// [`Error::InvalidSubject`] or [`Error::Store`].
    pub async fn sessions(&self, user: impl Display) -> Result<Vec<Session>, Error> {
        let now = self.now();
        let sessions = self.0.store.sessions_of(&subject(user)?).await?;
        let sessions = sessions.into_iter().map(|session| self.with_last_seen(session));
        let mut alive: Vec<_> = sessions.filter(|session| session.check(now).is_ok()).collect();
        alive.sort_by_key(|session| (std::cmp::Reverse(session.last_seen_at), session.id));
        Ok(alive)
    }

    /// Makes a change in the store, and then in this server's own view.
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
