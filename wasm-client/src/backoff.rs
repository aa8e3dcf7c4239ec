//! How long to leave a server alone that does not answer.

use std::cell::Cell;

use crate::{clock::Milliseconds, error::VaultError};

/// The wait after the first failure; it doubles with every other.
const FIRST: Milliseconds = 1_000;
/// The longest wait: when the server is back, nobody waits longer.
const LONGEST: Milliseconds = 30_000;

/// After a failure the server is not asked for a while, and whoever asks the vault hears at once what the failure was. The
/// wait is partly random, so that the clients of a server that was down do not all come back in the same moment.
#[derive(Debug, Default)]
pub(crate) struct Backoff(Cell<Option<Failed>>);

#[derive(Clone, Copy, Debug)]
struct Failed {
    error: VaultError,
    times: u32,
    until: Milliseconds,
}

impl Backoff {
    /// Whether the server may be asked now.
    pub(crate) fn check(&self, now: Milliseconds) -> Result<(), VaultError> {
        match self.0.get() {
            Some(failed) if now < failed.until => Err(failed.error),
            _ => Ok(()),
        }
    }

    /// It did not answer. `random` is any byte.
    pub(crate) fn failed(&self, error: VaultError, now: Milliseconds, random: u8) {
        let times = self.0.get().map_or(0, |failed| failed.times);
        let full = LONGEST.min(FIRST << times.min(5));
        // Between half of it and the whole.
        let until = now + full / 2 + full * u64::from(random) / 512;
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
    fn while_it_waits_it_says_what_failed_and_a_success_ends_it() {
        let backoff = Backoff::default();
        assert_eq!(backoff.check(0), Ok(()));
        backoff.failed(VaultError::Unavailable, 0, 0);
        assert_eq!(backoff.check(499), Err(VaultError::Unavailable));
        backoff.reset();
        assert_eq!(backoff.check(0), Ok(()));
    }
}
