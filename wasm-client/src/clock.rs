//! The server's clock, as far as a browser can know it.

use std::cell::Cell;

use symbolon_shared::time::UnixTime;

/// Since some fixed moment, or between two. A `Duration` would weigh more than what is done with it.
pub type Milliseconds = u64;

/// What the server said, and the time since by the browser's own steady clock. That one may stand still while the
/// computer sleeps, so the server's word can be taken anew.
#[derive(Debug)]
pub(crate) struct ServerClock(Cell<(UnixTime, Milliseconds)>);

impl ServerClock {
    pub(crate) fn new(said: UnixTime, now: Milliseconds) -> Self {
        Self(Cell::new((said, now)))
    }

    pub(crate) fn set(&self, said: UnixTime, now: Milliseconds) {
        self.0.set((said, now));
    }

    pub(crate) fn read(&self, now: Milliseconds) -> UnixTime {
        let (said, then) = self.0.get();
        UnixTime(said.0.saturating_add(now.saturating_sub(then) / 1000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on_from_what_the_server_said_last() {
        let clock = ServerClock::new(UnixTime(1000), 1000);
        assert_eq!(clock.read(3999), UnixTime(1002));
        clock.set(UnixTime(5000), 4000);
        assert_eq!(clock.read(6000), UnixTime(5002));
    }
}
