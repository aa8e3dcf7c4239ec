//! The person that a session belongs to.

use alloc::{string::ToString, sync::Arc};
use core::{
    borrow::Borrow,
    fmt::{self, Display},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::encoding::Malformed;

/// The application's id of a person: stable, and never given to anybody else.
///
/// The token carries the subject in clear, so use an id and not a mail address. `Debug` shows nothing.
///
/// ```
/// # use symbolon_shared::subject::Subject;
/// assert_eq!(Subject::new(42).unwrap().as_str(), "42");
/// assert!(Subject::new("line\nbreak").is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject(Arc<str>);

impl Subject {
    /// The length of the longest subject, in bytes: 255 (`OpenID` Connect Core 1.0 section 2).
    pub const MAX_LEN: usize = 255;

    /// Makes a subject from a user id: any number, UUID or text.
    ///
    /// # Errors
    /// [`Malformed`] if its text is empty, longer than [`MAX_LEN`](Self::MAX_LEN), or has a character that JSON would
    /// escape: a quotation mark, a backslash, or a control character.
    pub fn new(id: impl Display) -> Result<Self, Malformed> {
        Self::from_text(&id.to_string())
    }

    /// Makes a subject from text, with one copy less than [`new`](Self::new).
    ///
    /// # Errors
    /// [`Malformed`] if [`new`](Self::new) would refuse the text.
    pub fn from_text(text: &str) -> Result<Self, Malformed> {
        if text.is_empty() || text.len() > Self::MAX_LEN || !is_plain(text) {
            return Err(Malformed);
        }
        Ok(Self(text.into()))
    }

    /// Returns the subject as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Lets a map with subjects as keys be searched by `&str`.
impl Borrow<str> for Subject {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Returns whether JSON writes `text` without escapes.
pub(crate) fn is_plain(text: &str) -> bool {
    let escaped = |byte: u8| byte < 0x20 || byte == 0x7f || byte == b'"' || byte == b'\\';
    // A sum does not stop at the first escape, so that the compiler can vectorise it.
    text.bytes().map(|byte| u32::from(escaped(byte))).sum::<u32>() == 0
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subject(..)")
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_text(<&str>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_short_plain_text() {
        for good in ["1", "a/b c", "caf\u{e9}", &"x".repeat(255)] {
            assert_eq!(Subject::new(good).unwrap().as_str(), good);
        }
        for wrong in ["", "a\"b", "a\\b", "a\0b", "a\nb", "a\u{7f}", &"x".repeat(256)] {
            assert_eq!(Subject::new(wrong), Err(Malformed), "{wrong:?}");
        }
    }
}
