//! The server's clock, as far as a browser can know it.

use std::{cell::Cell, time::Duration};

use symbolon_shared::time::UnixTime;

/// What the server said, and the time since by the browser's own steady clock. That one may stand still while the
/// computer sleeps, so the server's word can be taken anew.
#[derive(Debug)]
pub(crate) struct ServerClock(Cell<(UnixTime, Duration)>);

impl ServerClock {
    pub(crate) fn new(said: UnixTime, now: Duration) -> Self {
        Self(Cell::new((said, now)))
    }

    pub(crate) fn set(&self, said: UnixTime, now: Duration) {
        self.0.set((said, now));
    }

    pub(crate) fn read(&self, now: Duration) -> UnixTime {
        let (said, then) = self.0.get();
        said.plus(now.saturating_sub(then))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on_from_what_the_server_said_last() {
        let second = Duration::from_secs(1);
        let clock = ServerClock::new(UnixTime(1000), second);
        assert_eq!(clock.read(second * 3), UnixTime(1002));
        clock.set(UnixTime(5000), second * 4);
        assert_eq!(clock.read(second * 6), UnixTime(5002));
    }
}
