//! The unit of every time on the wire and in a session record: seconds since 1970.

use core::{ops::Sub, time::Duration};

use serde::{Deserialize, Serialize};

/// A time in whole seconds since 1970-01-01 UTC: the `NumericDate` of RFC 7519 section 2, without fractions.
///
/// Arithmetic saturates, so no token can make it overflow.
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
    /// Returns the time that is `duration` later, without fractions of a second.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.as_secs()))
    }
}

impl Sub for UnixTime {
    type Output = Duration;

    /// Returns the duration since `earlier`, or zero if `earlier` is later.
    fn sub(self, earlier: Self) -> Duration {
        Duration::from_secs(self.0.saturating_sub(earlier.0))
    }
}
