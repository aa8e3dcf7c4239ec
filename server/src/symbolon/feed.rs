//! Reads the change feed, so that this server learns what other processes have changed.

use std::sync::{Arc, Weak};

use tokio::time::Instant;

use super::{Inner, Symbolon, background::ticks};
use crate::{
    config::FEED_INTERVAL,
    error::{Error, StoreError},
    store::Position,
};

impl Symbolon {
    /// Reads the change feed to its end, and returns the position of the last change.
    pub(crate) async fn read_feed(&self) -> Result<Position, Error> {
        let asked_at = Instant::now();
        let known = self.0.live.position();
        let news = self.0.store.changes(known).await?;
        let head = news.head;
        if head < known {
            // Changes that were read are gone, and the store will give their positions to other changes.
            return Err(StoreError::new(
                "the change feed went back, as after restoring a backup of the store: restart the servers",
            )
            .into());
        }
        self.0.live.take(news, asked_at, self.now());
        Ok(head)
    }

    /// Spawns the task that reads the feed every [`FEED_INTERVAL`], until the last clone of this server is dropped.
    pub(super) fn spawn_feed_reader(&self) {
        tokio::spawn(feed_reader(Arc::downgrade(&self.0)));
    }
}

async fn feed_reader(server: Weak<Inner>) {
    let mut ticks = ticks(FEED_INTERVAL);
    let mut failing = false;
    loop {
        ticks.tick().await;
        let Some(inner) = server.upgrade() else { return };
        let failure = Symbolon(inner).read_feed().await.err();
        // Logged when it begins and when it ends, not ten times a second.
        match (&failure, failing) {
            (Some(error), false) => tracing::error!(%error, "the change feed cannot be read"),
            (None, true) => tracing::info!("the change feed can be read again"),
            _ => {}
        }
        failing = failure.is_some();
    }
}
