//! Counts failed requests per client address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use symbolon_shared::time::UnixTime;

/// The time in which failures count towards one total: 1 minute, the unit of
/// [`Config::max_failures`](crate::Config::max_failures).
pub(crate) const WINDOW: Duration = Duration::from_mins(1);

/// The failures of each client address in its current minute.
///
/// Only addresses that failed have an entry. Memory grows with the number of attacking addresses, and expired entries
/// are removed as new failures come in.
#[derive(Debug, Default)]
pub(crate) struct RateLimit(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    clients: HashMap<IpAddr, Minute>,
    /// The number of entries at which expired ones are removed next.
    sweep_at: usize,
}

/// One client's count, which starts with its first failure and lasts for [`WINDOW`].
#[derive(Clone, Copy, Debug)]
struct Minute {
    began_at: UnixTime,
    failures: u32,
}

impl RateLimit {
    /// Returns how often this client has failed in its current minute.
    pub(crate) fn of(&self, client: IpAddr, now: UnixTime) -> u32 {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.clients.get(&client).filter(|minute| minute.lasts(now)).map_or(0, |minute| minute.failures)
    }

    /// Counts one more failure, and returns the new total of the current minute.
    pub(crate) fn count(&self, client: IpAddr, now: UnixTime) -> u32 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Sweeping only when the map has doubled keeps the amortised cost of one failure constant.
        if state.clients.len() >= state.sweep_at {
            state.clients.retain(|_, minute| minute.lasts(now));
            state.sweep_at = (state.clients.len() * 2).max(1024);
        }
        let fresh = Minute { began_at: now, failures: 0 };
        let minute = state.clients.entry(client).or_insert(fresh);
        if !minute.lasts(now) {
            *minute = fresh;
        }
        minute.failures = minute.failures.saturating_add(1);
        minute.failures
    }
}

impl Minute {
    /// Returns whether failures at `now` still count towards this minute.
    fn lasts(&self, now: UnixTime) -> bool {
        now - self.began_at < WINDOW
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    /// Covers: S-24
    #[test]
    fn failures_are_counted_per_client_address_and_minute() {
        let limit = RateLimit::default();
        let counted = [1000, 1000, 1059, 1060].map(|second| limit.count(address(1), UnixTime(second)));
        assert_eq!(counted, [1, 2, 3, 1]);
        assert_eq!(limit.of(address(1), UnixTime(1119)), 1);
        assert_eq!(limit.of(address(1), UnixTime(1120)), 0);
        assert_eq!(limit.of(address(2), UnixTime(1060)), 0);
    }

    /// Covers: D-005
    #[test]
    fn expired_counts_are_forgotten() {
        let limit = RateLimit::default();
        for n in 0..100_000_u32 {
            limit.count(n.to_be_bytes().into(), UnixTime(u64::from(n)));
        }
        assert!(limit.0.lock().unwrap().clients.len() <= 2048);
    }
}
