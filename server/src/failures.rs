//! How often one source may fail.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use symbolon_shared::time::UnixTime;

/// For how long failures are counted together.
pub(crate) const WINDOW: Duration = Duration::from_mins(1);

/// Failures of each source in its current minute. Who does not fail is not in it, so it is as large as an attack is wide,
/// and a minute after the attack it is empty.
#[derive(Debug, Default)]
pub(crate) struct Failures(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    sources: HashMap<IpAddr, Minute>,
    sweep_at: usize,
}

#[derive(Clone, Copy, Debug)]
struct Minute {
    began_at: UnixTime,
    failures: u32,
}

impl Failures {
    /// How often this source has failed in its current minute.
    pub(crate) fn of(&self, source: IpAddr, now: UnixTime) -> u32 {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.sources.get(&source).filter(|minute| minute.lasts(now)).map_or(0, |minute| minute.failures)
    }

    /// Counts another, and tells how many that makes.
    pub(crate) fn count(&self, source: IpAddr, now: UnixTime) -> u32 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Sweeping only when the map has doubled makes the cost of it constant for each failure.
        if state.sources.len() >= state.sweep_at {
            state.sources.retain(|_, minute| minute.lasts(now));
            state.sweep_at = (state.sources.len() * 2).max(1024);
        }
        let fresh = Minute { began_at: now, failures: 0 };
        let minute = state.sources.entry(source).or_insert(fresh);
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

    #[test]
    fn s_24_failures_are_counted_for_each_source_and_for_a_minute() {
        let failures = Failures::default();
        let counted = [1000, 1000, 1059, 1060].map(|second| failures.count(address(1), UnixTime(second)));
        assert_eq!(counted, [1, 2, 3, 1]);
        assert_eq!(failures.of(address(1), UnixTime(1119)), 1);
        assert_eq!(failures.of(address(1), UnixTime(1120)), 0);
        assert_eq!(failures.of(address(2), UnixTime(1060)), 0);
    }

    #[test]
    fn d_005_what_is_over_is_forgotten() {
        let failures = Failures::default();
        for n in 0..100_000_u32 {
            failures.count(n.to_be_bytes().into(), UnixTime(u64::from(n)));
        }
        assert!(failures.0.lock().unwrap().sources.len() <= 2048);
    }
}
