//! Tells long-lived responses that their session has ended.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::Symbolon;
use crate::{
    error::{Error, Reason},
    identity::Authenticated,
};

/// How often a watched session's limits are checked: every 15 seconds. Revocations and changes are noticed at once.
const RECHECK_INTERVAL: Duration = Duration::from_secs(15);

impl Symbolon {
    /// Waits until the session of this request ends or its person's permissions change, and returns why. Select on it in a
    /// stream:
    ///
    /// ```
    /// # use symbolon_server::*;
    /// # async fn next_message() -> String { String::new() }
    /// # async fn send(_: String) {}
    /// async fn stream(symbolon: Symbolon, who: Authenticated) {
    ///     let ended = symbolon.session_ended(&who);
    ///     tokio::pin!(ended);
    ///     loop {
    ///         tokio::select! {
    ///             _ = &mut ended => return,
    ///             message = next_message() => send(message).await,
    ///         }
    ///     }
    /// }
    /// ```
    ///
    /// A stream does not count as use: a session that is used for nothing else goes idle, and its stream ends.
    pub async fn session_ended<C>(&self, who: &Authenticated<C>) -> Error {
        let mut changes = self.0.live.watch();
        let mut recheck = interval(RECHECK_INTERVAL);
        recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if let Err(reason) = self.0.live.check(&who.session(), who.subject(), who.version()) {
                return reason.into();
            }
            tokio::select! {
                _ = changes.changed() => {}
                _ = recheck.tick() => {
                    if let Err(error) = self.recheck(who).await {
                        return error;
                    }
                }
            }
        }
    }

    /// Checks the session in the store, which also knows of changes that the live view has forgotten.
    async fn recheck<C>(&self, who: &Authenticated<C>) -> Result<(), Error> {
        let session = self.0.store.load(&who.session()).await?.ok_or(Reason::SessionUnknown)?;
        Ok(self.with_last_seen(session).check(self.now())?)
    }
}
