//! What an application says when it signs somebody in.

use std::fmt::Display;

use http::{HeaderMap, header::USER_AGENT};
use serde::{Deserialize, Serialize};
use symbolon_shared::{encoding::Malformed, subject::Subject};

use crate::error::Error;

/// Who signs in, and how they proved it. A user id alone is enough.
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
    /// A person, by the application's own id for them, which is never given to anybody else.
    pub fn of(user: impl Display) -> Self {
        Self { subject: Subject::new(user), authentication: Ok(Authentication::default()) }
    }

    /// How they proved it: the names of RFC 8176, such as `pwd`, `otp`, `hwk`. They become the claim `amr`.
    pub fn methods<'a>(mut self, methods: impl IntoIterator<Item = &'a str>) -> Self {
        let methods: Result<Vec<_>, _> = methods.into_iter().map(|name| word(name).map(quoted)).collect();
        self.authentication = self.authentication.and_then(|authentication| {
            Ok(Authentication { methods: methods?.join(",").into(), ..authentication })
        });
        self
    }

    /// How far that can be trusted, in the application's own words. It becomes the claim `acr`, which
    /// [`require_level`](crate::Authenticated::require_level) asks for.
    pub fn level(mut self, level: &str) -> Self {
        self.authentication = self.authentication.and_then(|authentication| {
            Ok(Authentication { level: Some(word(level)?.into()), ..authentication })
        });
        self
    }

    /// What the person calls the device, to tell their sessions apart. Without it they
    /// are told the families of browser and system.
    pub fn device(mut self, label: &str) -> Self {
        let device = Some(label.chars().filter(|c| !c.is_control()).take(80).collect());
        self.authentication =
            self.authentication.map(|authentication| Authentication { device, ..authentication });
        self
    }

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

/// How somebody proved who they are, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// The methods as they stand in the token: quoted, and separated by commas.
    pub(crate) methods: Box<str>,
    pub(crate) level: Option<Box<str>>,
    /// What the person calls the device, if the application asked.
    pub device: Option<String>,
}

fn word(text: &str) -> Result<&str, Malformed> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte);
    if text.is_empty() || text.len() > 64 || !text.bytes().all(allowed) { Err(Malformed) } else { Ok(text) }
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// The families of browser and system that a `User-Agent` names: enough for a person to know their own devices, and
/// too little to know them by (ASVS 5.0, 14.1.1).
pub(crate) fn browser_of(headers: &HeaderMap) -> String {
    family_of(headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default())
}

fn family_of(user_agent: &str) -> String {
    let first_of = |names: &[(&str, &str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| (*name).to_owned())
    };
    // A browser also names those it descends from, so the order matters.
    let browser = first_of(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first_of(&[
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("iPad", "iOS"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name,
        (None, None) => "an unknown browser".to_owned(),
    }
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

    /// Covers: P-02
    #[test]
    fn of_a_user_agent_only_the_families_are_kept() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.8078.79 Safari/537.36";
        assert_eq!(family_of(chrome), "Chrome on Linux");
        assert_eq!(
            family_of("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/605.1"),
            "Safari on iOS"
        );
        assert_eq!(family_of("curl/8"), "an unknown browser");
    }
}
