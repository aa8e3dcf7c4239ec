//! Captured log output, for tests to search.

use std::{
    io,
    sync::{Arc, Mutex, Once, PoisonError},
};

use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

/// Log output captured in memory.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Captures what this thread logs at these levels, until the guard is dropped.
    #[must_use]
    pub fn of_this_thread(levels: &str) -> (Self, impl Sized + use<>) {
        keep_callsites_enabled();
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(levels))
            .with_writer(log.clone())
            .with_ansi(false)
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// Captures what all threads of this process log at these levels. Call it once in a process.
    #[must_use]
    pub fn of_this_process(levels: &str) -> Self {
        let log = Self::default();
        tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(levels))
            .with_writer(log.clone())
            .with_ansi(false)
            .init();
        log
    }

    /// Returns the text captured so far.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

/// Keeps `tracing` from caching a log statement as disabled because a thread without a subscriber ran it first.
fn keep_callsites_enabled() {
    static DONE: Once = Once::new();
    DONE.call_once(|| drop(tracing::subscriber::set_global_default(tracing_subscriber::registry())));
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
