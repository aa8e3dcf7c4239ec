//! Remembers what may be used only once: the nonces of vault proofs and the ids of vault secrets.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use symbolon_shared::time::UnixTime;

/// The single-use names that were seen, each until it would be refused as expired anyway.
///
/// A name enters only after its proof was verified, so requests without a valid proof cannot make the window grow.
#[derive(Debug, Default)]
pub(crate) struct ReplayWindow(Mutex<Window>);

#[derive(Debug, Default)]
struct Window {
    /// The last second in which each name is refused.
    until: HashMap<Vec<u8>, UnixTime>,
    /// The number of names at which expired ones are removed next.
    sweep_at: usize,
}

impl ReplayWindow {
    /// Records that `name` is used, and returns whether this is its first use. The name is remembered up to and
    /// including the second `until`.
    pub(crate) fn first_use(&self, name: &[u8], until: UnixTime, now: UnixTime) -> bool {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Sweeping only when the map has doubled keeps the amortised cost of one name constant.
        if window.until.len() >= window.sweep_at {
            window.until.retain(|_, until| *until >= now);
            window.sweep_at = (window.until.len() * 2).max(1024);
        }
        window.until.insert(name.to_owned(), until).is_none_or(|until| until < now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_accepted_once_until_it_expires() {
        let window = ReplayWindow::default();
        assert!(window.first_use(b"a", UnixTime(10), UnixTime(1)));
        assert!(!window.first_use(b"a", UnixTime(10), UnixTime(10)));
        assert!(window.first_use(b"b", UnixTime(10), UnixTime(10)));
        assert!(window.first_use(b"a", UnixTime(20), UnixTime(11)));
    }

    #[test]
    fn expired_names_are_forgotten() {
        let window = ReplayWindow::default();
        for second in 0..10_000_u64 {
            assert!(window.first_use(&second.to_be_bytes(), UnixTime(second + 5), UnixTime(second)));
        }
        assert!(window.0.lock().unwrap().until.len() <= 2048);
    }
}
