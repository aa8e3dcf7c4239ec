//! Web origins: scheme, host and port.

use http::{HeaderValue, Uri};

use crate::error::ConfigError;

/// An origin, spelt as browsers write it in the header `Origin` (RFC 6454 section 6.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin(HeaderValue);

impl Origin {
    /// Reads an origin with https, or with http on this machine.
    ///
    /// # Errors
    /// [`ConfigError::Origin`] or [`ConfigError::PlainHttp`].
    pub(crate) fn parse(text: &str) -> Result<Self, ConfigError> {
        let malformed = || ConfigError::Origin(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| malformed())?;
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else { return Err(malformed()) };
        let default_port = match scheme {
            "https" => 443,
            "http" if ["localhost", "127.0.0.1", "[::1]"].contains(&host) => 80,
            "http" => return Err(ConfigError::PlainHttp(text.to_owned())),
            _ => return Err(malformed()),
        };
        let canonical = match uri.port_u16() {
            Some(port) if port != default_port => format!("{scheme}://{host}:{port}"),
            _ => format!("{scheme}://{host}"),
        };
        // Browsers write origins in lower case, without default port, user, path or slash.
        if canonical != text
            || host.ends_with('.')
            || text.chars().any(|c| c.is_ascii_uppercase() || c == '*')
        {
            return Err(malformed());
        }
        HeaderValue::from_str(text).map(Self).map_err(|_| malformed())
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.to_str().expect("an origin was made from visible ASCII")
    }

    pub(crate) fn is_https(&self) -> bool {
        self.as_str().starts_with("https:")
    }
}

impl PartialEq<HeaderValue> for Origin {
    fn eq(&self, other: &HeaderValue) -> bool {
        self.0 == other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Covers: C-025b
    #[test]
    fn an_origin_has_one_spelling() {
        for good in [
            "https://app.example",
            "https://app.example:8443",
            "http://localhost:3000",
            "http://127.0.0.1",
            "http://[::1]:1",
        ] {
            assert_eq!(Origin::parse(good).map(|origin| origin.as_str().to_owned()).as_deref(), Ok(good));
        }
        for wrong in [
            "",
            "app.example",
            "https://",
            "https://app.example/",
            "https://app.example/x",
            "https://App.example",
            "https://app.example:443",
            "https://u@app.example",
            "https://app.example.",
            "https://*.app.example",
            "ftp://app.example",
            "null",
            "https://app.example?x",
            "https://app.example#x",
        ] {
            assert_eq!(Origin::parse(wrong).err(), Some(ConfigError::Origin(wrong.into())), "{wrong:?}");
        }
    }

    /// Covers: H-01, K-024, K-025
    #[test]
    fn plain_http_is_for_this_machine_only() {
        for wrong in ["http://app.example", "http://localhost.app.example", "http://10.0.0.1"] {
            assert_eq!(Origin::parse(wrong).err(), Some(ConfigError::PlainHttp(wrong.into())), "{wrong:?}");
        }
    }
}
