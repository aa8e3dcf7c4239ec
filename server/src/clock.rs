//! The one place that asks for the time.

use std::time::{SystemTime, UNIX_EPOCH};

use symbolon_shared::time::UnixTime;

/// Tells the time. Nothing else in this crate reads a clock, so tests own time.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> UnixTime;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixTime {
        // A clock before 1970 reads as 1970: every token is then issued in the future, and refused.
        UnixTime(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }
}

/// A clock that stands still until it is moved.
#[cfg(any(test, feature = "test-util"))]
#[derive(Clone, Debug)]
pub struct FakeClock(std::sync::Arc<std::sync::atomic::AtomicU64>);

#[cfg(any(test, feature = "test-util"))]
impl FakeClock {
    /// Shows `now`.
    #[must_use]
    pub fn at(now: UnixTime) -> Self {
        Self(std::sync::Arc::new(now.0.into()))
    }

    /// Moves on.
    pub fn advance(&self, duration: std::time::Duration) {
        self.0.fetch_add(duration.as_secs(), std::sync::atomic::Ordering::SeqCst);
    }
}

#[cfg(any(test, feature = "test-util"))]
impl Clock for FakeClock {
    fn now(&self) -> UnixTime {
        UnixTime(self.0.load(std::sync::atomic::Ordering::SeqCst))
    }
}
