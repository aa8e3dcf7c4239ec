//! How often one client may fail.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use symbolon_shared::time::UnixTime;

/// For how long failures are counted together.
pub(crate) const WINDOW: Duration = Duration::from_mins(1);

/// Failures of each client in its current minute. Who does not fail is not in it, so it is as large as an attack is wide,
/// and a minute after the attack it is empty.
#[derive(Debug, Default)]
pub(crate) struct RateLimit(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    clients: HashMap<IpAddr, Minute>,
    sweep_at: usize,
}

#[derive(Clone, Copy, Debug)]
struct Minute {
    began_at: UnixTime,
    failures: u32,
}

impl RateLimit {
    /// How often this client has failed in its current minute.
    pub(crate) fn of(&self, client: IpAddr, now: UnixTime) -> u32 {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.clients.get(&client).filter(|minute| minute.lasts(now)).map_or(0, |minute| minute.failures)
    }

    /// Counts another, and tells how many that makes.
    pub(crate) fn count(&self, client: IpAddr, now: UnixTime) -> u32 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Sweeping only when the map has doubled makes the cost of it constant for each failure.
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
    fn failures_are_counted_for_each_source_and_for_a_minute() {
        let limit = RateLimit::default();
        let counted = [1000, 1000, 1059, 1060].map(|second| limit.count(address(1), UnixTime(second)));
        assert_eq!(counted, [1, 2, 3, 1]);
        assert_eq!(limit.of(address(1), UnixTime(1119)), 1);
        assert_eq!(limit.of(address(1), UnixTime(1120)), 0);
        assert_eq!(limit.of(address(2), UnixTime(1060)), 0);
    }

    /// Covers: D-005
    #[test]
    fn what_is_over_is_forgotten() {
        let limit = RateLimit::default();
        for n in 0..100_000_u32 {
            limit.count(n.to_be_bytes().into(), UnixTime(u64::from(n)));
        }
        assert!(limit.0.lock().unwrap().clients.len() <= 2048);
    }
}
