//! Reads a text that has one spelling, from its beginning to its end.

use crate::{encoding::Malformed, subject::is_plain};

/// What of the text is still to be read.
pub(crate) struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self(text)
    }

    pub(crate) fn rest(&self) -> &'a str {
        self.0
    }

    /// The text between `before`, which must come next, and the first `end`.
    pub(crate) fn up_to(&mut self, before: &str, end: u8) -> Result<&'a str, Malformed> {
        let rest = self.0.strip_prefix(before).ok_or(Malformed)?;
        let length = memchr::memchr(end, rest.as_bytes()).ok_or(Malformed)?;
        let (text, rest) = rest.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest.get(1..).ok_or(Malformed)?;
        Ok(text)
    }

    /// The same up to a quotation mark, if JSON has no other way to write it.
    pub(crate) fn string(&mut self, before: &str) -> Result<&'a str, Malformed> {
        self.up_to(before, b'"').and_then(|text| if is_plain(text) { Ok(text) } else { Err(Malformed) })
    }

    /// The number that follows `before`, which must come next.
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

    /// Nothing but `last` may be left.
    pub(crate) fn end(&self, last: &str) -> Result<(), Malformed> {
        if self.0 == last { Ok(()) } else { Err(Malformed) }
    }
}
