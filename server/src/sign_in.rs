//! The application's statement at a sign-in: who the person is, and how they proved it.

use std::fmt::Display;

use serde::{Deserialize, Serialize};
use symbolon_shared::{encoding::Malformed, subject::Subject};

use crate::error::Error;

/// A person who signs in, and how they proved who they are. A user id alone is enough.
///
/// ```
/// # use symbolon_server::SignIn;
/// let plain: SignIn = 42.into();
/// let with_a_second_factor = SignIn::of(42).methods(["pwd", "otp"]).level("two-factor");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct SignIn {
    pub(crate) subject: Result<Subject, Malformed>,
    pub(crate) authentication: Result<Authentication, Malformed>,
}

impl SignIn {
    /// Names the person by the application's own id for them. Never give an id to a second person.
    pub fn of(user: impl Display) -> Self {
        Self { subject: Subject::new(user), authentication: Ok(Authentication::default()) }
    }

    /// Says how the person proved who they are, in the names of RFC 8176, such as `pwd`, `otp` or `hwk`. They become the
    /// claim `amr`. Default: none.
    pub fn methods<'a>(mut self, methods: impl IntoIterator<Item = &'a str>) -> Self {
        let methods: Result<Vec<_>, _> = methods.into_iter().map(|name| word(name).map(quoted)).collect();
        self.authentication = self.authentication.and_then(|authentication| {
            Ok(Authentication { methods: methods?.join(",").into(), ..authentication })
        });
        self
    }

    /// Says at what level the person authenticated, in a word of the application's own. It becomes the claim `acr`, which
    /// [`require_level`](crate::Authenticated::require_level) compares. Default: none.
    pub fn level(mut self, level: &str) -> Self {
        self.authentication = self.authentication.and_then(|authentication| {
            Ok(Authentication { level: Some(word(level)?.into()), ..authentication })
        });
        self
    }

    /// Says what the person calls the device, so that they can tell their sessions apart. Only the first 80 characters are
    /// kept. Default: the families of browser and system.
    pub fn device(mut self, label: &str) -> Self {
        let device = Some(label.chars().filter(|c| !c.is_control()).take(80).collect());
        self.authentication =
            self.authentication.map(|authentication| Authentication { device, ..authentication });
        self
    }

    /// Returns the subject and the authentication, if both are well-formed.
    ///
    /// # Errors
    /// [`Error::InvalidSubject`].
    pub(crate) fn check(self) -> Result<(Subject, Authentication), Error> {
        match (self.subject, self.authentication) {
            (Ok(subject), Ok(authentication)) => Ok((subject, authentication)),
            _ => Err(Error::InvalidSubject),
        }
    }
}

impl<T: Display> From<T> for SignIn {
    fn from(user: T) -> Self {
        Self::of(user)
    }
}

/// How a person proved who they are, and on which device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// The methods as written into the token: quoted, and separated by commas.
    pub(crate) methods: Box<str>,
    /// The level, if the application set one.
    pub(crate) level: Option<Box<str>>,
    /// The person's name for the device, or `None` if the application gave none.
    pub device: Option<String>,
}

/// Returns `text` if it is a word of 1 to 64 characters that needs no escaping in JSON or in a header.
fn word(text: &str) -> Result<&str, Malformed> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte);
    if text.is_empty() || text.len() > 64 || !text.bytes().all(allowed) { Err(Malformed) } else { Ok(text) }
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_and_level_are_words() {
        let (_, authentication) = SignIn::of(1).methods(["pwd", "otp"]).level("urn:x:2").check().unwrap();
        assert_eq!(
            (&*authentication.methods, authentication.level.as_deref()),
            (r#""pwd","otp""#, Some("urn:x:2"))
        );
        for wrong in ["", "a b", "a\"b", "a,b", "a]", &"x".repeat(65)] {
            assert!(SignIn::of(1).methods([wrong]).check().is_err(), "{wrong:?}");
            assert!(SignIn::of(1).level(wrong).check().is_err(), "{wrong:?}");
        }
        assert!(SignIn::from("").check().is_err());
    }
}
