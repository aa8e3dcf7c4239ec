//! Keys as text: generated, and read from an environment variable, a file or a string.

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
    /// Generates a new root secret and returns it as text: 32 random bytes in base64url. The text is secret.
    ///
    /// ```
    /// # use symbolon_server::{Error, SigningKeys, keys::SigningKey};
    /// # fn main() -> Result<(), Error> {
    /// let text = SigningKey::generate()?; // what `symbolon-keygen` prints
    /// let keys = SigningKeys::parse(&text)?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Randomness`] if the operating system provides no randomness.
    pub fn generate() -> Result<Zeroizing<String>, Error> {
        let root = Zeroizing::new(random::bytes::<32>()?);
        Ok(Zeroizing::new(Base64UrlUnpadded::encode_string(&*root)))
    }
}

impl SigningKeys {
    /// Generates one new key that exists only in this process, for tests and first steps. After a restart, its tokens are
    /// refused.
    ///
    /// ```
    /// # use symbolon_server::{*, store::Memory};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// let config = Config::new("http://localhost:3000")?;
    /// let symbolon = Symbolon::new(config, SigningKeys::generate()?, Memory::default()).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Randomness`] if the operating system provides no randomness.
    pub fn generate() -> Result<Self, Error> {
        Ok(Self::parse(&SigningKey::generate()?)?)
    }

    /// Reads keys from the environment variable `name`, in the format of [`parse`](Self::parse).
    ///
    /// ```
    /// # use symbolon_server::{SigningKeys, error::KeyError};
    /// let missing = SigningKeys::from_env("SYMBOLON_KEYS_TYPO").unwrap_err();
    /// assert_eq!(missing, KeyError::Missing("SYMBOLON_KEYS_TYPO".into()));
    /// ```
    ///
    /// # Errors
    /// [`KeyError::Missing`] if the variable is not set, or any other [`KeyError`] of [`parse`](Self::parse).
    pub fn from_env(name: &str) -> Result<Self, KeyError> {
        let text = env::var(name).map(Zeroizing::new).map_err(|_| KeyError::Missing(name.to_owned()))?;
        Self::parse(&text)
    }

    /// Reads keys from a file, in the format of [`parse`](Self::parse). Only the server's user should be able to read the
    /// file.
    ///
    /// ```no_run
    /// # use symbolon_server::{Error, SigningKeys, Symbolon};
    /// # fn reload(symbolon: &Symbolon) -> Result<(), Error> {
    /// let keys = SigningKeys::from_file("/run/secrets/symbolon-keys")?;
    /// symbolon.replace_keys(keys)?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`KeyError::File`] if the file cannot be read, or any other [`KeyError`] of [`parse`](Self::parse).
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        let path = path.as_ref();
        let text = fs::read_to_string(path).map(Zeroizing::new);
        Self::parse(&text.map_err(|error| KeyError::File(path.display().to_string(), error.kind()))?)
    }

    /// Reads keys from text. Keys are separated by commas or line ends, and each is in base64url without padding.
    ///
    /// A key may have a schedule: `from=` is the time at which it starts to sign, `until=` the time at which it is retired
    /// (RFC 3339). A line that starts with `#` is a comment.
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
    /// [`KeyError`] if a key, its schedule or the set is invalid. The error names a key by its number, from 1, and never
    /// shows it.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
        let entries = lines.flat_map(|line| line.split(',')).map(str::trim).filter(|entry| !entry.is_empty());
        let keys: Result<Vec<_>, _> =
            entries.enumerate().map(|(index, entry)| parse_one(entry, index + 1)).collect();
        Self::new(keys?)
    }
}

/// Reads one key and its schedule; `number` is its place in the text, for errors.
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
    fn a_missing_variable_or_file_is_an_error() {
        let unset = SigningKeys::from_env("SYMBOLON_NO_SUCH_VARIABLE").unwrap_err();
        assert_eq!(unset, KeyError::Missing("SYMBOLON_NO_SUCH_VARIABLE".into()));
        let absent = SigningKeys::from_file("no/such/file").unwrap_err();
        assert_eq!(absent, KeyError::File("no/such/file".into(), std::io::ErrorKind::NotFound));
    }

    /// Covers: K-02
    #[test]
    fn the_schedule_of_a_key_is_parsed() {
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
    fn debug_output_of_a_key_ring_shows_no_key() {
        let ring = SigningKeys::parse(&encode(&ROOT)).unwrap();
        assert_eq!(format!("{ring:?}"), "SigningKeys([SigningKey(..)])");
    }
}
