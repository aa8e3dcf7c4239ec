//! The set of signing keys: which key signs now, and which verify.

use symbolon_shared::{id::SessionId, time::UnixTime};

use super::{KeyId, SigningKey};
use crate::{config::MAX_TOKEN_LIFETIME, error::KeyError};

/// The signing keys of a server, with their schedule.
///
/// The key that became active last signs. Every key verifies until it is retired. A key may be retired no earlier than
/// [`MAX_TOKEN_LIFETIME`] (15 minutes) after another has started to sign, so that no unexpired token is refused.
///
/// ```no_run
/// # use symbolon_server::{*, store::Memory};
/// # async fn started() -> Result<Symbolon, Error> {
/// let keys = SigningKeys::from_env("SYMBOLON_KEYS")?; // made by `symbolon-keygen`
/// let symbolon = Symbolon::new(Config::new("https://app.example")?, keys, Memory::default()).await?;
/// // Later, after the file or variable has changed:
/// symbolon.replace_keys(SigningKeys::from_file("/run/secrets/symbolon-keys")?)?;
/// # Ok(symbolon) }
/// ```
#[derive(Debug)]
pub struct SigningKeys(Vec<SigningKey>);

impl SigningKeys {
    /// Collects keys and checks their schedule. If two keys become active at one time, the first of them signs.
    ///
    /// ```
    /// # use symbolon_server::{Error, keys::{SigningKey, SigningKeys}};
    /// # fn ring(old: SigningKey, new: SigningKey) -> Result<(), Error> {
    /// let keys = SigningKeys::new([old, new])?;
    /// assert_eq!(keys.ids().count(), 2);
    /// # Ok(()) }
    /// assert!(SigningKeys::new([]).is_err());
    /// ```
    ///
    /// # Errors
    /// [`KeyError::NoneActive`] if there is no key, [`KeyError::Repeated`] if one is there twice, and
    /// [`KeyError::RetiredTooSoon`] if unexpired tokens would be refused.
    pub fn new(keys: impl IntoIterator<Item = SigningKey>) -> Result<Self, KeyError> {
        let ring = Self(keys.into_iter().collect());
        if ring.0.is_empty() {
            return Err(KeyError::NoneActive);
        }
        for (index, key) in ring.0.iter().enumerate() {
            if ring.0[..index].iter().any(|other| other.id() == key.id()) {
                return Err(KeyError::Repeated);
            }
            let Some(retired_at) = key.retired_at else { continue };
            let followers = ring.0.iter().enumerate().filter(|(other, follower)| {
                (follower.active_from, usize::MAX - other) > (key.active_from, usize::MAX - index)
            });
            let signs_until = followers.map(|(_, follower)| follower.active_from).min();
            if signs_until.is_none_or(|until| retired_at < until.plus(MAX_TOKEN_LIFETIME)) {
                return Err(KeyError::RetiredTooSoon(index + 1));
            }
        }
        Ok(ring)
    }

    /// Returns the key that signs at `now`.
    ///
    /// # Errors
    /// [`KeyError::NoneActive`].
    pub(crate) fn signer(&self, now: UnixTime) -> Result<&SigningKey, KeyError> {
        let active = self.0.iter().rev().filter(|key| key.active_from <= now && !key.is_retired(now));
        active.max_by_key(|key| key.active_from).ok_or(KeyError::NoneActive)
    }

    /// Returns the keys that verify at `now`.
    pub(crate) fn verifiers(&self, now: UnixTime) -> impl Iterator<Item = &SigningKey> {
        self.0.iter().filter(move |key| !key.is_retired(now))
    }

    /// Returns the time of the next retirement: until then, the keys that verify stay the same.
    pub(crate) fn unchanged_until(&self, now: UnixTime) -> UnixTime {
        let retirements = self.verifiers(now).filter_map(|key| key.retired_at);
        retirements.min().unwrap_or(UnixTime(u64::MAX))
    }

    /// Returns the pseudonym of a session for the log, made with the first key. Removing that key changes all pseudonyms.
    pub(crate) fn log_name(&self, session: &SessionId) -> Option<String> {
        self.0.first().map(|key| key.log_name(session))
    }

    /// Returns the ids of all keys, active or not.
    ///
    /// ```
    /// # use symbolon_server::{Error, SigningKeys};
    /// # fn main() -> Result<(), Error> {
    /// for id in SigningKeys::generate()?.ids() {
    ///     println!("key id (not secret): {id}");
    /// }
    /// # Ok(()) }
    /// ```
    pub fn ids(&self) -> impl Iterator<Item = &KeyId> {
        self.0.iter().map(SigningKey::id)
    }

    /// Returns the keys without a revoked one, so that nothing it signed is accepted. The schedule is not checked again:
    /// the revocation matters more.
    ///
    /// # Errors
    /// [`KeyError::NoneActive`] if no key would be left.
    pub(crate) fn without(&self, revoked: &KeyId) -> Result<Self, KeyError> {
        let others: Vec<_> = self.0.iter().filter(|key| key.id() != revoked).cloned().collect();
        if others.is_empty() { Err(KeyError::NoneActive) } else { Ok(Self(others)) }
    }
}

impl SigningKey {
    /// Returns whether the key is retired at `now`.
    fn is_retired(&self, now: UnixTime) -> bool {
        self.retired_at.is_some_and(|at| at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::key::tests::ROOT;

    fn key(first_byte: u8) -> SigningKey {
        SigningKey::new(&[&[first_byte], &ROOT[1..]].concat()).unwrap()
    }

    fn signer(ring: &SigningKeys, now: u64) -> Option<KeyId> {
        ring.signer(UnixTime(now)).ok().map(|key| key.id().clone())
    }

    /// Covers: K-02
    #[test]
    fn each_key_signs_in_its_time_and_verifies_for_longer() {
        let [old, new] = [key(1), key(2)].map(|key| key.id().clone());
        let ring =
            SigningKeys::new([key(1).retired_at(UnixTime(2000 + 900)), key(2).active_from(UnixTime(2000))])
                .unwrap();
        assert_eq!(signer(&ring, 1999), Some(old.clone()));
        assert_eq!(signer(&ring, 2000), Some(new.clone()));
        let verifying = |now| ring.verifiers(UnixTime(now)).map(|key| key.id().clone()).collect::<Vec<_>>();
        assert_eq!(
            verifying(0),
            [old.clone(), new.clone()],
            "a node whose clock is ahead may use it already"
        );
        assert_eq!(verifying(2899), [old, new.clone()]);
        assert_eq!(verifying(2900), [new]);
    }

    /// Covers: K-02
    #[test]
    fn a_key_is_not_retired_before_its_tokens_have_expired() {
        let follower = || key(2).active_from(UnixTime(2000));
        let retired = |at| SigningKeys::new([key(1).retired_at(UnixTime(at)), follower()]).map(drop);
        assert_eq!(retired(2899), Err(KeyError::RetiredTooSoon(1)));
        assert_eq!(retired(2900), Ok(()));
        let all = SigningKeys::new([key(1).retired_at(UnixTime(9000))]);
        assert_eq!(all.unwrap_err(), KeyError::RetiredTooSoon(1), "nothing follows it");
    }

    #[test]
    fn without_a_schedule_the_first_key_signs() {
        let ring = SigningKeys::new([key(1), key(2)]).unwrap();
        assert_eq!(signer(&ring, 0), Some(key(1).id().clone()));
        assert_eq!(signer(&SigningKeys::new([key(1).active_from(UnixTime(5))]).unwrap(), 4), None);
    }

    /// Covers: K-07
    #[test]
    fn a_revoked_key_is_removed_but_the_last_key_cannot_be() {
        let ring = SigningKeys::new([key(1), key(2)]).unwrap().without(key(1).id()).unwrap();
        assert_eq!(signer(&ring, 0), Some(key(2).id().clone()));
        assert_eq!(ring.without(key(2).id()).unwrap_err(), KeyError::NoneActive);
    }

    /// Covers: K-07
    #[test]
    fn a_stolen_key_can_be_revoked_during_a_rotation() {
        let (old, new) = (key(1).retired_at(UnixTime(2900)), key(2).active_from(UnixTime(2000)));
        let ring = SigningKeys::new([old.clone(), new.clone()]).unwrap().without(new.id()).unwrap();
        assert_eq!(signer(&ring, 2100), Some(old.id().clone()), "until another key is there");

        let newer = key(3).active_from(UnixTime(9000));
        let ring = SigningKeys::new([old, new.clone(), newer.clone()]).unwrap().without(new.id()).unwrap();
        assert_eq!(signer(&ring, 9000), Some(newer.id().clone()));
    }
}
