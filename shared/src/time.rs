//! Seconds since 1970, in which every time on the wire and in a record is written.

use core::{ops::Sub, time::Duration};

use serde::{Deserialize, Serialize};

/// Whole seconds since 1970-01-01 UTC (the `NumericDate` of RFC 7519 section 2, without fractions).
///
/// Arithmetic saturates: no token can make it overflow.
///
/// ```
/// # use {symbolon_shared::time::UnixTime, core::time::Duration};
/// assert_eq!(UnixTime(10).plus(Duration::from_secs(5)), UnixTime(15));
/// assert_eq!(UnixTime(10) - UnixTime(12), Duration::ZERO);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixTime(pub u64);

impl UnixTime {
    /// This long after; fractions of a second are dropped.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.as_secs()))
    }
}

impl Sub for UnixTime {
    type Output = Duration;

    /// How long since `earlier`, or zero when it is later.
    fn sub(self, earlier: Self) -> Duration {
        Duration::from_secs(self.0.saturating_sub(earlier.0))
    }
}
