//! Keys as text: how they are made, and read from the environment, a file, or anywhere else.

use std::{env, fs, path::Path, time::UNIX_EPOCH};

use base64ct::{Base64UrlUnpadded, Encoding};
use symbolon_shared::time::UnixTime;
use zeroize::Zeroizing;

use super::{SigningKey, SigningKeys};
use crate::{
    error::{Error, KeyError},
    random,
};

impl SigningKey {
    /// The text of a new key: 32 random bytes in base64url.
    ///
    /// # Errors
    /// [`Error::Randomness`] when the operating system gives none.
    pub fn generate() -> Result<Zeroizing<String>, Error> {
        let root = Zeroizing::new(random::bytes::<32>()?);
        Ok(Zeroizing::new(Base64UrlUnpadded::encode_string(&*root)))
    }
}

impl SigningKeys {
    /// A ring with a new key that nobody else knows. What it signs dies with the process.
    ///
    /// # Errors
    /// [`Error::Randomness`] when the operating system gives none.
    pub fn generate() -> Result<Self, Error> {
        Ok(Self::parse(&SigningKey::generate()?)?)
    }

    /// From the environment variable `name`. Its form is that of [`parse`](Self::parse).
    ///
    /// # Errors
    /// [`KeyError`] when it is not set, or a key in it must not be used.
    pub fn from_env(name: &str) -> Result<Self, KeyError> {
        let text = env::var(name).map(Zeroizing::new).map_err(|_| KeyError::Missing(name.to_owned()))?;
        Self::parse(&text)
    }

    /// From a file. Its form is that of [`parse`](Self::parse).
    ///
    /// # Errors
    /// [`KeyError`] when it cannot be read, or a key in it must not be used.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        let path = path.as_ref();
        let text = fs::read_to_string(path).map(Zeroizing::new);
        Self::parse(&text.map_err(|error| KeyError::File(path.display().to_string(), error.kind()))?)
    }

    /// From text: keys separated by commas or line ends, each in base64url, and, where it has a schedule, with the
    /// times at which it begins to sign and ceases to verify (RFC 3339).
    ///
    /// ```
    /// # use symbolon_server::keys::{SigningKey, SigningKeys};
    /// # fn main() -> Result<(), symbolon_server::Error> {
    /// # let (old, new) = (SigningKey::generate()?, SigningKey::generate()?);
    /// let text = format!(
    ///     "# rotated in May
    ///      {}; until=2026-05-02T00:00:00Z
    ///      {}; from=2026-05-01T00:00:00Z",
    ///     *old, *new
    /// );
    /// assert!(SigningKeys::parse(&text).is_ok());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`KeyError`], which names a key by its number and never shows it.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
        let entries = lines.flat_map(|line| line.split(',')).map(str::trim).filter(|entry| !entry.is_empty());
        let keys: Result<Vec<_>, _> =
            entries.enumerate().map(|(index, entry)| parse_one(entry, index + 1)).collect();
        Self::new(keys?)
    }
}

fn parse_one(entry: &str, number: usize) -> Result<SigningKey, KeyError> {
    let mut parts = entry.split(';').map(str::trim);
    let root = parts.next().and_then(|key| Base64UrlUnpadded::decode_vec(key).ok());
    let root = Zeroizing::new(root.ok_or(KeyError::Encoding(number))?);
    parts.try_fold(SigningKey::new(&root)?, |key, part| {
        let (name, time) = part.split_once('=').ok_or(KeyError::Schedule(number))?;
        let time = humantime::parse_rfc3339(time).ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let time = UnixTime(time.ok_or(KeyError::Schedule(number))?.as_secs());
        match name {
            "from" => Ok(key.active_from(time)),
            "until" => Ok(key.retired_at(time)),
            _ => Err(KeyError::Schedule(number)),
        }
    })
}

#[cfg(test)]
mod tests {
    use symbolon_shared::encoding::encode;

    use super::*;
    use crate::keys::key::tests::ROOT;

    #[test]
    fn a_comment_lasts_to_the_end_of_its_line() {
        let (old, new) = (encode(&ROOT), encode(&[&[7], &ROOT[1..]].concat()));
        let ring = SigningKeys::parse(&format!("# {old},{old}\n{new}")).unwrap();
        assert_eq!(ring.ids().count(), 1);
    }

    /// Covers: K-09
    #[test]
    fn a_repeated_or_mistyped_key_is_refused_and_not_shown() {
        let text = encode(&ROOT);
        assert_eq!(SigningKeys::parse(&format!("{text},{text}")).unwrap_err(), KeyError::Repeated);
        let error = SigningKeys::parse(&format!("{text},{text}=")).unwrap_err();
        assert_eq!(error, KeyError::Encoding(2));
        assert!(!error.to_string().contains(&text));
        assert_eq!(SigningKeys::parse("").unwrap_err(), KeyError::NoneActive);
        assert_eq!(SigningKeys::parse("# none\n").unwrap_err(), KeyError::NoneActive);
        for schedule in ["from", "from=", "from=tomorrow", "until=1", "since=2026-05-01T00:00:00Z", ""] {
            let text = format!("{text};{schedule}");
            assert_eq!(SigningKeys::parse(&text).unwrap_err(), KeyError::Schedule(1), "{schedule:?}");
        }
    }

    /// Covers: K-09
    #[test]
    fn what_is_not_there_is_not_made_up() {
        let unset = SigningKeys::from_env("SYMBOLON_NO_SUCH_VARIABLE").unwrap_err();
        assert_eq!(unset, KeyError::Missing("SYMBOLON_NO_SUCH_VARIABLE".into()));
        let absent = SigningKeys::from_file("no/such/file").unwrap_err();
        assert_eq!(absent, KeyError::File("no/such/file".into(), std::io::ErrorKind::NotFound));
    }

    /// Covers: K-02
    #[test]
    fn the_schedule_is_read() {
        let new = SigningKey::generate().unwrap();
        let text =
            format!("{}; until=2001-09-10T00:00:00Z\n{}; from=2001-09-09T01:46:40Z", encode(&ROOT), *new);
        let ring = SigningKeys::parse(&text).unwrap();
        let signer = |now| ring.signer(UnixTime(now)).unwrap().id().clone();
        assert_eq!(&signer(999_999_999), SigningKey::new(&ROOT).unwrap().id());
        assert_ne!(&signer(1_000_000_000), SigningKey::new(&ROOT).unwrap().id());
    }

    /// Covers: K-01
    #[test]
    fn a_ring_shows_nothing() {
        let ring = SigningKeys::parse(&encode(&ROOT)).unwrap();
        assert_eq!(format!("{ring:?}"), "SigningKeys([SigningKey(..)])");
    }
}
