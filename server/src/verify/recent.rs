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

/// How many places there are, as a power of two, and how many pairs each has room for: 4,096 together, which take 4 MB
/// at the most. Who finds theirs forgotten waits a microsecond.
const PLACES_LOG2: u32 = 10;
const ROOM: usize = 4;

/// A table in which each token has its place; where that is full, whichever came first makes room. Only genuine halves
/// come in, so a forger can push nobody out.
pub(super) struct RecentPairs(Box<[Mutex<Vec<Pair>>]>);

struct Pair {
    end: End,
    token: Half,
    cookie: Half,
    identity: Arc<Identity>,
    /// From when they were verified until the token, or a key, is no longer good.
    good: Range<UnixTime>,
}

/// The last bytes of a token's MAC, which nobody chooses. Being compared at once, they tell nothing of each other, and
/// nothing of the rest of the MAC.
#[derive(Clone, Copy, PartialEq, Eq)]
struct End(u64);

impl End {
    fn of(token: &str) -> Option<Self> {
        token.as_bytes().last_chunk().map(|bytes| Self(u64::from_le_bytes(*bytes)))
    }

    /// Mixed so that all the bytes count (Knuth, The Art of Computer Programming, volume 3, section 6.4).
    fn place(self) -> usize {
        (self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - PLACES_LOG2)) as usize
    }
}

impl RecentPairs {
    pub(super) fn new() -> Self {
        Self((0..1 << PLACES_LOG2).map(|_| Mutex::default()).collect())
    }

    pub(super) fn get(&self, token: &str, cookie: &str, now: UnixTime) -> Option<Bound> {
        let end = End::of(token)?;
        let place = lock(&self.0[end.place()]);
        let pair = place.iter().find(|pair| pair.end == end)?;
        let same = pair.token.is(token) & pair.cookie.is(cookie);
        let Pair { identity, good, .. } = pair;
        (same && good.contains(&now)).then(|| Bound { identity: Arc::clone(identity), expires_at: good.end })
    }

    pub(super) fn put(&self, token: &str, cookie: &str, identity: Arc<Identity>, good: Range<UnixTime>) {
        let Some(end) = End::of(token) else { return };
        let mut place = lock(&self.0[end.place()]);
        let known = place.iter().position(|pair| pair.end == end);
        let makes_room = known.or((place.len() == ROOM).then_some(0)).map(|index| place.remove(index));
        let mut halves = makes_room.map_or_else(Default::default, |pair| [pair.token, pair.cookie]);
        halves[0].overwrite(token);
        halves[1].overwrite(cookie);
        let [token, cookie] = halves;
        place.push(Pair { end, token, cookie, identity, good });
    }

    pub(super) fn prune(&self, now: UnixTime) {
        for place in &self.0 {
            lock(place).retain(|pair| pair.good.end > now);
        }
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
fn lock(place: &Mutex<Vec<Pair>>) -> MutexGuard<'_, Vec<Pair>> {
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

    /// Covers: J-050
    #[test]
    fn halves_that_differ_in_any_byte_from_known_ones_are_not_known() {
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

    /// Covers: J-050
    #[test]
    fn a_pair_is_known_in_its_time_only() {
        let recent = remembered();
        let known = |now| recent.get(TOKEN, COOKIE, UnixTime(now)).is_some();
        assert_eq!([999, 1000, 1299, 1300].map(known), [false, true, true, false]);
        recent.prune(UnixTime(END.0 - 1));
        assert!(known(1000));
        recent.prune(END);
        assert!(!known(1000), "it is wiped");
    }

    #[test]
    fn a_full_place_forgets_whichever_came_first() {
        let recent = remembered();
        let known = recent.get(TOKEN, COOKIE, NOW).unwrap().identity;
        // Other tokens, found by trying, that have their place where this one has it.
        let place = End::of(TOKEN).unwrap().place();
        let others = (0..).map(|n| format!("another token {n:08}"));
        let mut others = others.filter(|token| End::of(token).unwrap().place() == place);
        let put = |token: &str| recent.put(token, COOKIE, Arc::clone(&known), NOW..END);
        for token in others.by_ref().take(ROOM - 1) {
            put(&token);
            assert!(recent.get(&token, COOKIE, NOW).is_some());
        }
        assert!(recent.get(TOKEN, COOKIE, NOW).is_some());
        put(&others.next().unwrap());
        assert!(recent.get(TOKEN, COOKIE, NOW).is_none());
    }

    /// Covers: J-050
    #[test]
    fn a_token_that_ends_alike_takes_the_place_and_nothing_else() {
        let recent = remembered();
        let known = recent.get(TOKEN, COOKIE, NOW).unwrap().identity;
        let alike = &TOKEN[10..];
        recent.put(alike, "c", known, NOW..END);
        assert!(recent.get(TOKEN, COOKIE, NOW).is_none());
        assert!(recent.get(alike, COOKIE, NOW).is_none());
        assert!(recent.get(alike, "c", NOW).is_some());
    }
}
