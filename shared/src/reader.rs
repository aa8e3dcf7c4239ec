//! A reader for texts that have one spelling.

use crate::{encoding::Malformed, subject::is_plain};

/// Reads a text from its beginning to its end; holds the part that is still to be read.
pub(crate) struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self(text)
    }

    pub(crate) fn rest(&self) -> &'a str {
        self.0
    }

    /// Reads `before`, then returns the text up to the first `end`, and skips `end`.
    pub(crate) fn up_to(&mut self, before: &str, end: u8) -> Result<&'a str, Malformed> {
        let rest = self.0.strip_prefix(before).ok_or(Malformed)?;
        let length = memchr::memchr(end, rest.as_bytes()).ok_or(Malformed)?;
        let (text, rest) = rest.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest.get(1..).ok_or(Malformed)?;
        Ok(text)
    }

    /// Reads `before`, then returns the text up to a quotation mark, if JSON writes this text without escapes.
    pub(crate) fn string(&mut self, before: &str) -> Result<&'a str, Malformed> {
        self.up_to(before, b'"').and_then(|text| if is_plain(text) { Ok(text) } else { Err(Malformed) })
    }

    /// Reads `before`, then returns the number that follows: decimal digits without a sign or leading zeros.
    pub(crate) fn number(&mut self, before: &str) -> Result<u64, Malformed> {
        let text = self.0.strip_prefix(before).ok_or(Malformed)?;
        let mut length = 0;
        let mut digits = text.bytes().take_while(u8::is_ascii_digit).inspect(|_| length += 1);
        let value = digits
            .try_fold(0_u64, |value, digit| value.checked_mul(10)?.checked_add(u64::from(digit - b'0')))
            .ok_or(Malformed)?;
        if length == 0 || (length > 1 && text.starts_with('0')) {
            return Err(Malformed);
        }
        self.0 = text.get(length..).ok_or(Malformed)?;
        Ok(value)
    }

    /// Succeeds if exactly `last` is left.
    pub(crate) fn end(&self, last: &str) -> Result<(), Malformed> {
        if self.0 == last { Ok(()) } else { Err(Malformed) }
    }
}
