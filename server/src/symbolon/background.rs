//! Upkeep in the background: writes the times of last use, and sweeps what has expired.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use symbolon_shared::time::UnixTime;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::{Inner, Symbolon};
use crate::{
    config::{LAST_SEEN_INTERVAL, SWEEP_INTERVAL},
    error::Error,
    live::MEMORY,
};

impl Symbolon {
    /// Spawns the task that does the upkeep, until the last clone of this server is dropped.
    pub(super) fn spawn_upkeep(&self) {
        tokio::spawn(upkeep(Arc::downgrade(&self.0)));
    }

    /// Writes the times of last use that the store does not have yet, all in one write.
    pub(super) async fn write_last_seen(&self) -> Result<(), Error> {
        let seen = self.0.last_seen.notes();
        if !seen.is_empty() {
            self.0.store.touch(&seen).await?;
            self.0.last_seen.forget(&seen);
        }
        Ok(())
    }

    /// Deletes expired sessions and changes that no valid token can be older than.
    async fn sweep(&self) -> Result<(), Error> {
        let now = self.now();
        self.0.live.prune(now);
        self.ring().prune(now);
        let changes_before = UnixTime(now.0.saturating_sub(MEMORY.as_secs()));
        let sessions = self.0.store.sweep(now, changes_before).await?;
        tracing::debug!(sessions, "swept");
        Ok(())
    }
}

async fn upkeep(server: Weak<Inner>) {
    let (mut last_seen, mut sweep) = (ticks(LAST_SEEN_INTERVAL), ticks(SWEEP_INTERVAL));
    loop {
        let sweeps = tokio::select! {
            _ = last_seen.tick() => false,
            _ = sweep.tick() => true,
        };
        let Some(server) = server.upgrade().map(Symbolon) else { return };
        let done = if sweeps { server.sweep().await } else { server.write_last_seen().await };
        if let Err(error) = done {
            tracing::error!(%error, sweeps, "the upkeep of the session store failed; it is tried again");
        }
    }
}

/// Returns an interval whose first tick comes after one period.
pub(super) fn ticks(period: Duration) -> Interval {
    let mut ticks = interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

#[cfg(test)]
mod tests {
    use symbolon_shared::subject::Subject;

    use super::*;
    use crate::{
        Config, SigningKeys,
        clock::FakeClock,
        session::Session,
        store::{Memory, Position, Store},
    };

    /// Covers: P-05, S-04
    #[tokio::test]
    async fn what_is_over_is_swept_from_store_and_view() {
        let session = Session::example(1, &Subject::new("ann").unwrap());
        let store = Memory::default();
        store.insert(&session, None).await.unwrap();
        let clock = FakeClock::at(UnixTime(1050));
        let config = Config::new("https://app.example").unwrap();
        let builder = Symbolon::builder(config, SigningKeys::generate().unwrap(), store).clock(clock.clone());
        let symbolon = builder.start().await.unwrap();
        symbolon.revoke(&session.id).await.unwrap();
        symbolon.sweep().await.unwrap();
        assert!(symbolon.0.store.load(&session.id).await.unwrap().is_some());
        assert!(symbolon.0.live.check(&session.id, "ann", 9).is_err());

        clock.advance(Duration::from_hours(3));
        symbolon.sweep().await.unwrap();
        assert!(symbolon.0.store.load(&session.id).await.unwrap().is_none());
        assert!(symbolon.0.live.check(&session.id, "ann", 9).is_ok());
        assert_eq!(symbolon.0.store.changes(Position(0)).await.unwrap().changes, []);
    }
}
