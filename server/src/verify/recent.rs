//! Pairs of halves that fitted lately, so that a page which asks again costs neither a MAC nor a hash.
//!
//! What is remembered is what a token says, and nothing that can change: whether its session lives, and what has moved
//! since, is judged at every request.

use std::{
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use constant_time_eq::constant_time_eq;
use symbolon_shared::time::UnixTime;
use zeroize::{Zeroize, Zeroizing};

use super::Bound;
use crate::identity::Identity;

/// How many pairs are remembered, as a power of two: 4096, which take 4 MB at the most. Who finds theirs forgotten
/// waits a microsecond.
const PLACES_LOG2: u32 = 12;

/// A table in which each token has one place, and whoever comes last has it. Only genuine halves come in, so a forger
/// can push nobody out.
pub(super) struct RecentPairs(Box<[Mutex<Option<Box<Pair>>>]>);

struct Pair {
    token: Half,
    cookie: Half,
    identity: Arc<Identity>,
    /// From when they were verified until the token, or a key, is no longer good.
    good: Range<UnixTime>,
}

impl RecentPairs {
    pub(super) fn new() -> Self {
        Self((0..1 << PLACES_LOG2).map(|_| Mutex::default()).collect())
    }

    pub(super) fn get(&self, token: &str, cookie: &str, now: UnixTime) -> Option<Bound> {
        let place = self.place(token)?;
        let pair = place.as_ref()?;
        let same = pair.token.is(token) & pair.cookie.is(cookie);
        let Pair { identity, good, .. } = &**pair;
        (same && good.contains(&now)).then(|| Bound { identity: Arc::clone(identity), expires_at: good.end })
    }

    pub(super) fn put(&self, token: &str, cookie: &str, identity: Arc<Identity>, good: Range<UnixTime>) {
        let Some(mut place) = self.place(token) else { return };
        let mut pair = place.take().unwrap_or_else(|| {
            let (token, cookie) = (Half::default(), Half::default());
            Box::new(Pair { token, cookie, identity: Arc::clone(&identity), good: good.clone() })
        });
        pair.token.overwrite(token);
        pair.cookie.overwrite(cookie);
        (pair.identity, pair.good) = (identity, good);
        *place = Some(pair);
    }

    pub(super) fn prune(&self, now: UnixTime) {
        for place in &self.0 {
            lock(place).take_if(|pair| pair.good.end <= now);
        }
    }

    /// By the last bytes of its MAC, which nobody chooses, mixed so that all of them count (Knuth, The Art of Computer
    /// Programming, volume 3, section 6.4).
    fn place(&self, token: &str) -> Option<MutexGuard<'_, Option<Box<Pair>>>> {
        let end = u64::from_le_bytes(*token.as_bytes().last_chunk()?);
        let index = end.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - PLACES_LOG2);
        self.0.get(usize::try_from(index).ok()?).map(lock)
    }
}

/// A secret that is there to be compared with.
#[derive(Default)]
struct Half(Zeroizing<Vec<u8>>);

impl Half {
    /// How long it takes tells a forger nothing of how near they came.
    fn is(&self, other: &str) -> bool {
        constant_time_eq(&self.0, other.as_bytes())
    }

    /// Writes over what was there. That is a wipe, and the place is used again.
    fn overwrite(&mut self, half: &str) {
        let kept = if half.len() > self.0.capacity() { 0 } else { half.len() };
        if let Some(rest) = self.0.get_mut(kept..) {
            rest.zeroize();
        }
        self.0.clear();
        self.0.extend_from_slice(half.as_bytes());
    }
}

/// A panic elsewhere leaves whole entries behind.
fn lock(place: &Mutex<Option<Box<Pair>>>) -> MutexGuard<'_, Option<Box<Pair>>> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use symbolon_shared::{id::SessionId, subject::Subject};

    use super::*;

    const NOW: UnixTime = UnixTime(1000);
    const END: UnixTime = UnixTime(1300);
    const TOKEN: &str = "header.payload.the-mac-of-the-token";
    const COOKIE: &str = "the-other-half";

    fn remembered() -> RecentPairs {
        let identity = Identity {
            subject: Subject::new("ann").unwrap(),
            session: SessionId::from_bytes([1; 16]),
            version: 0,
            authenticated_at: NOW,
            methods: "".into(),
            level: None,
            app: None,
            noted_at: AtomicU64::new(0),
        };
        let recent = RecentPairs::new();
        recent.put(TOKEN, COOKIE, Arc::new(identity), NOW..END);
        recent
    }

    #[test]
    fn j_050_halves_that_differ_in_any_byte_from_known_ones_are_not_known() {
        let recent = remembered();
        assert!(recent.get(TOKEN, COOKIE, NOW).is_some(), "the control");
        let changed = |half: &str, position: usize| {
            let mut bytes = half.as_bytes().to_vec();
            bytes[position] ^= 1;
            String::from_utf8(bytes).unwrap()
        };
        for position in 0..TOKEN.len() {
            assert!(recent.get(&changed(TOKEN, position), COOKIE, NOW).is_none(), "token byte {position}");
        }
        for position in 0..COOKIE.len() {
            assert!(recent.get(TOKEN, &changed(COOKIE, position), NOW).is_none(), "cookie byte {position}");
        }
        for (token, cookie) in [
            (TOKEN, ""),
            (TOKEN, &COOKIE[1..]),
            (TOKEN, &format!("{COOKIE}x")),
            (&TOKEN[1..], COOKIE),
            (&format!("x{TOKEN}"), COOKIE),
            (&format!("{TOKEN}{COOKIE}"), ""),
            (&TOKEN[TOKEN.len() - 8..], COOKIE),
            (&TOKEN[TOKEN.len() - 7..], COOKIE),
            ("", ""),
        ] {
            assert!(recent.get(token, cookie, NOW).is_none(), "{token} {cookie}");
        }
    }

    #[test]
    fn j_050_a_pair_is_known_in_its_time_only() {
        let recent = remembered();
        let known = |now| recent.get(TOKEN, COOKIE, UnixTime(now)).is_some();
        assert_eq!([999, 1000, 1299, 1300].map(known), [false, true, true, false]);
        recent.prune(UnixTime(END.0 - 1));
        assert!(known(1000));
        recent.prune(END);
        assert!(!known(1000), "it is wiped");
    }

    #[test]
    fn whoever_comes_last_has_the_place_and_leaves_nothing_of_the_one_before() {
        let recent = remembered();
        let known = recent.get(TOKEN, COOKIE, NOW).unwrap().identity;
        // The last eight bytes are the same, and so is the place.
        let short = &TOKEN[10..];
        recent.put(short, "c", known, NOW..END);
        assert!(recent.get(TOKEN, COOKIE, NOW).is_none());
        assert!(recent.get(short, "c", NOW).is_some());
    }
}
