//! The server's clock, as the vault knows it.

use std::cell::Cell;

use symbolon_shared::time::UnixTime;

/// Milliseconds, since some fixed moment or between two moments. A `Duration` would take more bytes than the arithmetic
/// on it.
pub type Milliseconds = u64;

/// The server's time: the last time that the server sent, and the time since then by the browser's monotonic clock.
///
/// The monotonic clock may stop while the computer sleeps, so a newer time from the server replaces the last one.
#[derive(Debug)]
pub(crate) struct ServerClock(Cell<(UnixTime, Milliseconds)>);

impl ServerClock {
    /// Starts from the server's time, which arrived at `now`.
    pub(crate) fn new(said: UnixTime, now: Milliseconds) -> Self {
        Self(Cell::new((said, now)))
    }

    /// Replaces the server's time by a newer one, which arrived at `now`.
    pub(crate) fn set(&self, said: UnixTime, now: Milliseconds) {
        self.0.set((said, now));
    }

    /// Returns the server's time at `now`.
    pub(crate) fn read(&self, now: Milliseconds) -> UnixTime {
        let (said, then) = self.0.get();
        UnixTime(said.0.saturating_add(now.saturating_sub(then) / 1000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_continues_from_the_last_server_time() {
        let clock = ServerClock::new(UnixTime(1000), 1000);
        assert_eq!(clock.read(3999), UnixTime(1002));
        clock.set(UnixTime(5000), 4000);
        assert_eq!(clock.read(6000), UnixTime(5002));
    }
}
