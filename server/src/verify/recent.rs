//! A cache of pairs that were verified recently, so that a repeated request costs neither a MAC nor a hash. A pair is an
//! access token and its fingerprint cookie.
//!
//! The cache holds what a token says, which cannot change. Revocations and permission changes are checked for every
//! request, cached or not.

use std::{
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use constant_time_eq::constant_time_eq;
use symbolon_shared::time::UnixTime;
use zeroize::{Zeroize, Zeroizing};

use super::Bound;
use crate::identity::Identity;

/// The number of buckets, as a power of two: 1,024.
const BUCKETS_LOG2: u32 = 10;
/// The number of pairs that one bucket holds. All buckets together hold 4,096 pairs in at most 4 MB. A pair that was evicted costs
/// its next request about 1 µs.
const BUCKET_LEN: usize = 4;

/// A hash table with one bucket per token; a full bucket evicts its oldest pair. Only verified pairs enter, so forged
/// tokens cannot evict any.
pub(super) struct RecentPairs(Box<[Mutex<Vec<Pair>>]>);

/// An access token and its fingerprint cookie, and what the token says.
struct Pair {
    tail: TokenTail,
    token: Secret,
    cookie: Secret,
    identity: Arc<Identity>,
    /// From the verification until the token expires or a key is retired.
    valid: Range<UnixTime>,
}

/// The last 8 bytes of a token, which are a part of its MAC and serve as its hash.
///
/// They are compared as one number, so the time of the comparison does not depend on single bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
struct TokenTail(u64);

impl TokenTail {
    /// Returns `None` if the token has fewer than 8 bytes.
    fn of(token: &str) -> Option<Self> {
        token.as_bytes().last_chunk().map(|bytes| Self(u64::from_le_bytes(*bytes)))
    }

    /// Returns the index of the bucket. The multiplication mixes all 8 bytes into it (Knuth, The Art of Computer
    /// Programming, volume 3, section 6.4).
    fn bucket(self) -> usize {
        (self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - BUCKETS_LOG2)) as usize
    }
}

impl RecentPairs {
    /// Creates an empty cache.
    pub(super) fn new() -> Self {
        Self((0..1 << BUCKETS_LOG2).map(|_| Mutex::default()).collect())
    }

    /// Returns the cached result if this token and this cookie were verified together and are valid at `now`.
    pub(super) fn get(&self, token: &str, cookie: &str, now: UnixTime) -> Option<Bound> {
        let tail = TokenTail::of(token)?;
        let bucket = lock(&self.0[tail.bucket()]);
        let pair = bucket.iter().find(|pair| pair.tail == tail)?;
        let same = pair.token.equals(token) & pair.cookie.equals(cookie);
        let Pair { identity, valid, .. } = pair;
        (same && valid.contains(&now))
            .then(|| Bound { identity: Arc::clone(identity), expires_at: valid.end })
    }

    /// Caches a verified pair. A pair whose token has the same last 8 bytes is replaced.
    pub(super) fn put(&self, token: &str, cookie: &str, identity: Arc<Identity>, valid: Range<UnixTime>) {
        let Some(tail) = TokenTail::of(token) else { return };
        let mut bucket = lock(&self.0[tail.bucket()]);
        let known = bucket.iter().position(|pair| pair.tail == tail);
        let evicted = known.or((bucket.len() == BUCKET_LEN).then_some(0)).map(|index| bucket.remove(index));
        let mut secrets = evicted.map_or_else(Default::default, |pair| [pair.token, pair.cookie]);
        secrets[0].overwrite(token);
        secrets[1].overwrite(cookie);
        let [token, cookie] = secrets;
        bucket.push(Pair { tail, token, cookie, identity, valid });
    }

    /// Wipes the pairs that have expired at `now`.
    pub(super) fn prune(&self, now: UnixTime) {
        for bucket in &self.0 {
            lock(bucket).retain(|pair| pair.valid.end > now);
        }
    }
}

/// The bytes of a token or a cookie, kept for comparison only and wiped when dropped.
#[derive(Default)]
struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Compares in constant time, so that timing does not reveal how many bytes of a guess are right.
    fn equals(&self, other: &str) -> bool {
        constant_time_eq(&self.0, other.as_bytes())
    }

    /// Replaces the secret, wipes the old bytes, and reuses their memory.
    fn overwrite(&mut self, secret: &str) {
        let kept = if secret.len() > self.0.capacity() { 0 } else { secret.len() };
        if let Some(rest) = self.0.get_mut(kept..) {
            rest.zeroize();
        }
        self.0.clear();
        self.0.extend_from_slice(secret.as_bytes());
    }
}

/// Locks a bucket even after a panic elsewhere: each entry is written in one step, so none is half-written.
fn lock(bucket: &Mutex<Vec<Pair>>) -> MutexGuard<'_, Vec<Pair>> {
    bucket.lock().unwrap_or_else(PoisonError::into_inner)
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
    fn a_pair_that_differs_in_any_byte_is_not_in_the_cache() {
        let recent = remembered();
        assert!(recent.get(TOKEN, COOKIE, NOW).is_some(), "the control");
        let changed = |secret: &str, position: usize| {
            let mut bytes = secret.as_bytes().to_vec();
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
    fn a_pair_is_cached_only_while_it_is_valid() {
        let recent = remembered();
        let known = |now| recent.get(TOKEN, COOKIE, UnixTime(now)).is_some();
        assert_eq!([999, 1000, 1299, 1300].map(known), [false, true, true, false]);
        recent.prune(UnixTime(END.0 - 1));
        assert!(known(1000));
        recent.prune(END);
        assert!(!known(1000), "it is wiped");
    }

    #[test]
    fn a_full_bucket_evicts_its_oldest_pair() {
        let recent = remembered();
        let known = recent.get(TOKEN, COOKIE, NOW).unwrap().identity;
        // Other tokens of the same bucket, found by trying.
        let bucket = TokenTail::of(TOKEN).unwrap().bucket();
        let others = (0..).map(|n| format!("another token {n:08}"));
        let mut others = others.filter(|token| TokenTail::of(token).unwrap().bucket() == bucket);
        let put = |token: &str| recent.put(token, COOKIE, Arc::clone(&known), NOW..END);
        for token in others.by_ref().take(BUCKET_LEN - 1) {
            put(&token);
            assert!(recent.get(&token, COOKIE, NOW).is_some());
        }
        assert!(recent.get(TOKEN, COOKIE, NOW).is_some());
        put(&others.next().unwrap());
        assert!(recent.get(TOKEN, COOKIE, NOW).is_none());
    }

    /// Covers: J-050
    #[test]
    fn a_token_with_the_same_last_bytes_replaces_the_pair_and_matches_no_other_cookie() {
        let recent = remembered();
        let known = recent.get(TOKEN, COOKIE, NOW).unwrap().identity;
        let alike = &TOKEN[10..];
        recent.put(alike, "c", known, NOW..END);
        assert!(recent.get(TOKEN, COOKIE, NOW).is_none());
        assert!(recent.get(alike, COOKIE, NOW).is_none());
        assert!(recent.get(alike, "c", NOW).is_some());
    }
}
