//! The only place that reads a clock.

use std::time::{SystemTime, UNIX_EPOCH};

use symbolon_shared::time::UnixTime;

/// A source of the current time for [`Builder::clock`](crate::symbolon::Builder::clock).
///
/// Nothing else in this crate reads the wall clock, so a test that replaces the clock controls every lifetime.
///
/// ```
/// use symbolon_server::{UnixTime, clock::Clock};
///
/// /// A clock that runs one hour ahead of the machine's.
/// struct Ahead<C>(C);
///
/// impl<C: Clock> Clock for Ahead<C> {
///     fn now(&self) -> UnixTime {
///         self.0.now().plus(std::time::Duration::from_hours(1))
///     }
/// }
/// # use symbolon_server::clock::SystemClock;
/// # assert!(Ahead(SystemClock).now() > SystemClock.now());
/// ```
pub trait Clock: Send + Sync + 'static {
    /// Returns the current time in whole seconds since 1970-01-01 UTC.
    fn now(&self) -> UnixTime;
}

/// The machine's clock; the default.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixTime {
        // A clock set before 1970 reads as 1970. Every token then lies in the future and is refused.
        UnixTime(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }
}

/// A clock for tests that stands still until the test moves it (feature `test-util`).
///
/// ```
/// # use std::time::Duration;
/// # use symbolon_server::*;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// # let (config, keys) = (Config::new("https://app.example")?, SigningKeys::generate()?);
/// use symbolon_server::clock::FakeClock;
///
/// let clock = FakeClock::at(UnixTime(1_700_000_000));
/// let symbolon =
///     Symbolon::builder(config, keys, store::Memory::default()).clock(clock.clone()).start().await?;
/// clock.advance(Duration::from_mins(31)); // every session of `symbolon` is idle now
/// # drop(symbolon);
/// # Ok(()) }
/// ```
#[cfg(any(test, feature = "test-util"))]
#[derive(Clone, Debug)]
pub struct FakeClock(std::sync::Arc<std::sync::atomic::AtomicU64>);

#[cfg(any(test, feature = "test-util"))]
impl FakeClock {
    /// Creates a clock that shows `now`. Its clones share one time.
    #[must_use]
    pub fn at(now: UnixTime) -> Self {
        Self(std::sync::Arc::new(now.0.into()))
    }

    /// Moves the clock forward by `duration`; fractions of a second are dropped.
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
