//! What a server does beside answering: it reads the feed, writes down times of use, and sweeps.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use symbolon_shared::time::UnixTime;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::{Inner, Symbolon};
use crate::{
    config::{FEED_INTERVAL, LAST_SEEN_INTERVAL, SWEEP_INTERVAL},
    error::{Error, StoreError},
    live::MEMORY,
    store::Position,
};

impl Symbolon {
    /// Writes down what is not yet written. To be called after the last request, before the process ends.
    ///
    /// # Errors
    /// [`Error::Store`]; then the last seconds of use are not known to the next process.
    pub async fn close(&self) -> Result<(), Error> {
        self.write_last_seen().await
    }

    /// Reads the feed to its end, and tells where that is.
    pub(crate) async fn read_feed(&self) -> Result<Position, Error> {
        let asked_at = Instant::now();
        let known = self.0.live.position();
        let news = self.0.store.changes(known).await?;
        let head = news.head;
        if head < known {
            // Changes that were told of are gone, and the same positions will be given to others.
            return Err(StoreError::new("the feed of changes went back: was the store restored?").into());
        }
        self.0.live.take(news, asked_at, self.now());
        Ok(head)
    }

    /// Begins to do all this, for as long as a clone of this server exists.
    pub(super) fn spawn_feed_reader(&self) {
        tokio::spawn(feed_reader(Arc::downgrade(&self.0)));
        tokio::spawn(look_after(Arc::downgrade(&self.0)));
    }

    async fn write_last_seen(&self) -> Result<(), Error> {
        let seen = self.0.last_seen.notes();
        if !seen.is_empty() {
            self.0.store.touch(&seen).await?;
            self.0.last_seen.forget(&seen);
        }
        Ok(())
    }

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

async fn feed_reader(server: Weak<Inner>) {
    let mut ticks = ticks(FEED_INTERVAL);
    let mut silent = false;
    loop {
        ticks.tick().await;
        let Some(inner) = server.upgrade() else { return };
        let failure = Symbolon(inner).read_feed().await.err();
        // Once when it begins and once when it ends, and not ten times a second.
        match (&failure, silent) {
            (Some(error), false) => tracing::error!(%error, "the feed of changes is silent"),
            (None, true) => tracing::info!("the feed of changes is back"),
            _ => {}
        }
        silent = failure.is_some();
    }
}

async fn look_after(server: Weak<Inner>) {
    let (mut activity, mut sweep) = (ticks(LAST_SEEN_INTERVAL), ticks(SWEEP_INTERVAL));
    loop {
        let sweeps = tokio::select! {
            _ = activity.tick() => false,
            _ = sweep.tick() => true,
        };
        let Some(server) = server.upgrade().map(Symbolon) else { return };
        let done = if sweeps { server.sweep().await } else { server.write_last_seen().await };
        if let Err(error) = done {
            tracing::error!(%error, sweeps, "the store could not be looked after");
        }
    }
}

fn ticks(period: Duration) -> Interval {
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
        store::{Memory, Store},
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
