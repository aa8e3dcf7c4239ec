//! How long to leave a server alone that does not answer.

use std::{cell::Cell, time::Duration};

use crate::error::VaultError;

/// The wait after the first failure; it doubles with every other.
const FIRST: Duration = Duration::from_secs(1);
/// The longest wait: when the server is back, nobody waits longer.
const LONGEST: Duration = Duration::from_secs(30);

/// After a failure the server is not asked for a while, and whoever asks the vault hears at once what the failure was. The
/// wait is partly random, so that the clients of a server that was down do not all come back in the same moment.
#[derive(Debug, Default)]
pub(crate) struct Backoff(Cell<Option<Failed>>);

#[derive(Clone, Copy, Debug)]
struct Failed {
    error: VaultError,
    times: u32,
    until: Duration,
}

impl Backoff {
    /// Whether the server may be asked now.
    pub(crate) fn check(&self, now: Duration) -> Result<(), VaultError> {
        match self.0.get() {
            Some(failed) if now < failed.until => Err(failed.error),
            _ => Ok(()),
        }
    }

    /// It did not answer. `random` is any byte.
    pub(crate) fn failed(&self, error: VaultError, now: Duration, random: u8) {
        let times = self.0.get().map_or(0, |failed| failed.times);
        let full = LONGEST.min(FIRST * 2_u32.pow(times.min(5)));
        // Between half of it and the whole.
        let until = now + full / 2 + full * u32::from(random) / 512;
        self.0.set(Some(Failed { error, times: times + 1, until }));
    }

    /// It did, or something has changed that makes it likely that it will.
    pub(crate) fn reset(&self) {
        self.0.set(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait_after(failures: u32, random: u8) -> Duration {
        let backoff = Backoff::default();
        for _ in 0..failures {
            backoff.failed(VaultError::Offline, Duration::ZERO, random);
        }
        let tenth = Duration::from_millis(100);
        (0..1000).map(|n| tenth * n).find(|now| backoff.check(*now).is_ok()).expect("it ends")
    }

    #[test]
    fn e_010_waits_double_up_to_a_limit_and_differ() {
        for (failures, shortest, longest) in
            [(1, 0.5, 1.0), (2, 1.0, 2.0), (4, 4.0, 8.0), (6, 15.0, 30.0), (50, 15.0, 30.0)]
        {
            let (low, high) =
                (wait_after(failures, 0).as_secs_f64(), wait_after(failures, 255).as_secs_f64());
            assert!(
                (low - shortest).abs() < 0.15 && (high - longest).abs() < 0.15,
                "{failures}: {low} to {high}"
            );
        }
    }

    #[test]
    fn while_it_waits_it_says_what_failed_and_a_success_ends_it() {
        let backoff = Backoff::default();
        assert_eq!(backoff.check(Duration::ZERO), Ok(()));
        backoff.failed(VaultError::Unavailable, Duration::ZERO, 0);
        assert_eq!(backoff.check(Duration::from_millis(499)), Err(VaultError::Unavailable));
        backoff.reset();
        assert_eq!(backoff.check(Duration::ZERO), Ok(()));
    }
}
