//! Long-lived answers: how they learn that their session is over.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::Symbolon;
use crate::{
    error::{Error, Reason},
    identity::Authenticated,
};

/// How often a watched session's limits are looked at. Revocations and changes are noticed at once.
const RECHECK_INTERVAL: Duration = Duration::from_secs(15);

impl Symbolon {
    /// Waits until this session ends, or what its person may do changes; tells why. For a stream that lives longer than
    /// a request, to be selected on:
    ///
    /// ```
    /// # use symbolon_server::*;
    /// # async fn next_message() -> String { String::new() }
    /// # async fn send(_: String) {}
    /// async fn stream(symbolon: Symbolon, who: Authenticated) {
    ///     let over = symbolon.session_ended(&who);
    ///     tokio::pin!(over);
    ///     loop {
    ///         tokio::select! {
    ///             _ = &mut over => return,
    ///             message = next_message() => send(message).await,
    ///         }
    ///     }
    /// }
    /// ```
    ///
    /// A stream is not activity: a session that is used for nothing else goes idle, and its stream ends.
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

    /// Looks at the record, which also tells of changes that the live view has forgotten.
    async fn recheck<C>(&self, who: &Authenticated<C>) -> Result<(), Error> {
        let session = self.0.store.load(&who.session()).await?.ok_or(Reason::SessionUnknown)?;
        Ok(self.with_last_seen(session).check(self.now())?)
    }
}
