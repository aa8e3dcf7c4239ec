//! The wait after a failed refresh, before the server is asked again.

use std::cell::Cell;

use crate::{clock::Milliseconds, error::VaultError};

/// The longest wait after the first failure, in milliseconds. The wait doubles with each further failure.
const FIRST: Milliseconds = 1_000;
/// The longest wait of all, in milliseconds: once the server is back, nobody waits longer.
const LONGEST: Milliseconds = 30_000;

/// Exponential back-off: during the wait after a failure, the vault fails at once with the error of that failure.
///
/// The wait is partly random, so that the clients of a server that was down do not all come back at the same moment.
#[derive(Debug, Default)]
pub(crate) struct Backoff(Cell<Option<Failed>>);

#[derive(Clone, Copy, Debug)]
struct Failed {
    error: VaultError,
    times: u32,
    until: Milliseconds,
}

impl Backoff {
    /// Returns the error of the last failure while its wait lasts.
    pub(crate) fn check(&self, now: Milliseconds) -> Result<(), VaultError> {
        match self.0.get() {
            Some(failed) if now < failed.until => Err(failed.error),
            _ => Ok(()),
        }
    }

    /// Records a failure, and begins the next wait. `random` is any byte.
    pub(crate) fn failed(&self, error: VaultError, now: Milliseconds, random: u8) {
        let times = self.0.get().map_or(0, |failed| failed.times);
        let full = LONGEST.min(FIRST << times.min(5));
        // Between half of the full wait and all of it.
        let until = now + full / 2 + full * u64::from(random) / 512;
        self.0.set(Some(Failed { error, times: times + 1, until }));
    }

    /// Ends the wait: the server answered, or is likely to answer now.
    pub(crate) fn reset(&self) {
        self.0.set(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait_after(failures: u32, random: u8) -> Milliseconds {
        let backoff = Backoff::default();
        for _ in 0..failures {
            backoff.failed(VaultError::Offline, 0, random);
        }
        (0..100_000).find(|now| backoff.check(*now).is_ok()).expect("it ends")
    }

    /// Covers: E-010
    #[test]
    fn waits_double_up_to_a_limit_and_differ() {
        for (failures, shortest, longest) in
            [(1, 500, 1_000), (2, 1_000, 2_000), (4, 4_000, 8_000), (6, 15_000, 30_000), (50, 15_000, 30_000)]
        {
            assert_eq!(wait_after(failures, 0), shortest, "{failures}");
            assert!((longest - longest / 100..=longest).contains(&wait_after(failures, 255)), "{failures}");
        }
    }

    #[test]
    fn the_wait_repeats_the_last_error_until_it_is_reset() {
        let backoff = Backoff::default();
        assert_eq!(backoff.check(0), Ok(()));
        backoff.failed(VaultError::Unavailable, 0, 0);
        assert_eq!(backoff.check(499), Err(VaultError::Unavailable));
        backoff.reset();
        assert_eq!(backoff.check(0), Ok(()));
    }
}
