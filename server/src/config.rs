//! What a server must be told, and the defaults with their reasons.

use std::time::Duration;

use http::{HeaderValue, Uri};
use ipnet::IpNet;
use symbolon_shared::{
    fingerprint::FingerprintFormat,
    wire::{FINGERPRINT_COOKIE, OWASP_FINGERPRINT_COOKIE},
};

use crate::error::ConfigError;

/// A token's life: how long a verifier that asks nobody would accept it.
pub const TOKEN_LIFETIME: Duration = Duration::from_mins(5);
/// The longest life any token may have, even a validly signed one.
pub const MAX_TOKEN_LIFETIME: Duration = Duration::from_mins(15);
/// How long a session may go unused (OWASP Session Management: 15 to 30 minutes for ordinary applications).
pub const IDLE_TIMEOUT: Duration = Duration::from_mins(30);
/// How long a session may last from sign-in (OWASP Session Management: 4 to 8 hours, a working day).
pub const ABSOLUTE_TIMEOUT: Duration = Duration::from_hours(8);
/// How long a spent refresh handle still gets the answer it got: two tabs race, or an answer is lost on its way.
pub const REFRESH_GRACE: Duration = Duration::from_secs(10);
/// How long a vault secret may wait, between the worker's start and the sign-in, before the worker needs a new one.
pub const VAULT_SECRET_LIFETIME: Duration = Duration::from_mins(10);
/// How far a vault proof's time may be from the server's: the journey, and a clock set while the worker ran.
pub const PROOF_WINDOW: Duration = Duration::from_mins(1);

/// How often the feed of changes is read: the delay, beyond a write to the disk, after which other processes know of a
/// revocation. Reading it costs a store some microseconds.
pub const FEED_INTERVAL: Duration = Duration::from_millis(100);
/// How long the feed may be silent before the store is asked at every request.
pub const MAX_STALENESS: Duration = Duration::from_secs(5);
/// How long a store may take for one answer; after that, it counts as down.
pub const STORE_DEADLINE: Duration = Duration::from_secs(5);
/// How often the times of use are written down, many in one write.
pub const LAST_SEEN_INTERVAL: Duration = Duration::from_secs(5);
/// How often one source may fail in a minute before its requests to the endpoints of the session are not looked at: an
/// office behind one address may mistype that often, and 60 guesses a minute lead nowhere with a decent password.
pub const MAX_FAILURES: u32 = 60;
/// How often old records are swept out.
pub const SWEEP_INTERVAL: Duration = Duration::from_mins(1);
/// How recently a person must have signed in to end another of their sessions.
pub const SESSION_ADMIN_MAX_AGE: Duration = Duration::from_mins(15);

/// Limits that belong together. A server always has some; none of them is endless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// A token's life.
    pub token: Duration,
    /// How long a session may go unused.
    pub idle: Duration,
    /// How long a session may last from sign-in.
    pub absolute: Duration,
}

impl Timeouts {
    /// For ordinary applications: [`TOKEN_LIFETIME`], [`IDLE_TIMEOUT`], [`ABSOLUTE_TIMEOUT`].
    pub const ORDINARY: Self = Self { token: TOKEN_LIFETIME, idle: IDLE_TIMEOUT, absolute: ABSOLUTE_TIMEOUT };
    /// For money and the like: 2 minutes, 5 minutes, 4 hours (the lower ends of OWASP Session Management's ranges).
    pub const HIGH_VALUE: Self = Self {
        token: Duration::from_mins(2),
        idle: Duration::from_mins(5),
        absolute: Duration::from_hours(4),
    };
}

/// What happens at a sign-in when the person has as many sessions as they may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// The session unused for longest ends.
    EndOldest,
    /// The sign-in is refused.
    Refuse,
}

/// The settings. Cookies, request rules and policies all derive from the origin.
///
/// ```
/// # use {symbolon_server::Config, std::time::Duration};
/// let config = Config::new("https://app.example")?.idle_timeout(Duration::from_mins(15));
/// assert!(Config::new("http://app.example").is_err(), "plain http is for this machine only");
/// # Ok::<(), symbolon_server::error::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Config {
    pub(crate) origin: Origin,
    pub(crate) api_origins: Vec<Origin>,
    pub(crate) timeouts: Timeouts,
    pub(crate) max_sessions: Option<(usize, WhenFull)>,
    pub(crate) fingerprint_format: FingerprintFormat,
    pub(crate) clears_site_data: bool,
    pub(crate) proxies: Vec<IpNet>,
    pub(crate) max_failures: u32,
    pub(crate) allowed_origins: Vec<Origin>,
    pub(crate) ends_stolen_sessions: bool,
    pub(crate) lets_page_script_read_tokens: bool,
}

impl Config {
    /// `origin` is what browsers call this server: scheme, host, and port where it is not the scheme's own.
    ///
    /// # Errors
    /// [`ConfigError`] when it is anything else, or plain http on another host than this machine.
    pub fn new(origin: &str) -> Result<Self, ConfigError> {
        Ok(Self {
            origin: Origin::parse(origin)?,
            api_origins: Vec::new(),
            timeouts: Timeouts::ORDINARY,
            max_sessions: None,
            fingerprint_format: FingerprintFormat::Base64Url,
            clears_site_data: true,
            proxies: Vec::new(),
            max_failures: MAX_FAILURES,
            allowed_origins: Vec::new(),
            ends_stolen_sessions: false,
            lets_page_script_read_tokens: false,
        })
    }

    /// Another origin to which the vault may send the token, and the browser the cookie half: the same host on another port, for
    /// no other gets that. The page cannot add one. Who answers there has the same keys, the same store and this
    /// configuration, with this server's own origin as a [`allow_origin`](Self::allow_origin).
    ///
    /// ```
    /// # use symbolon_server::Config;
    /// # fn configured() -> Result<Config, Box<dyn std::error::Error>> {
    /// let origin = "https://app.example";
    /// let config = Config::new(origin)?.allow_api_origin("https://app.example:8443")?.allow_origin(origin)?;
    /// # Ok(config)
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ConfigError`] as in [`new`](Self::new).
    pub fn allow_api_origin(mut self, origin: &str) -> Result<Self, ConfigError> {
        self.api_origins.push(Origin::parse(origin)?);
        Ok(self)
    }

    /// Another origin whose pages may call what [`protect`](crate::Symbolon::protect) guards, and read the answers: the same host on
    /// another port, such as a development server's, for no other host gets the cookie half. The endpoints of the session
    /// are for pages of the server's own origin only.
    ///
    /// # Errors
    /// [`ConfigError`] as in [`new`](Self::new).
    pub fn allow_origin(mut self, origin: &str) -> Result<Self, ConfigError> {
        self.allowed_origins.push(Origin::parse(origin)?);
        Ok(self)
    }

    /// The network of a proxy of yours, such as `127.0.0.1/32` or `10.0.0.0/8`: what it writes into `X-Forwarded-For` says
    /// where a request comes from. Without any, that header is not looked at.
    ///
    /// # Errors
    /// [`ConfigError::Network`].
    pub fn trusted_proxy(mut self, network: &str) -> Result<Self, ConfigError> {
        let network = network.parse().map_err(|_| ConfigError::Network(network.to_owned()))?;
        self.proxies.push(network);
        Ok(self)
    }

    /// Ends a session when its token comes with a cookie that is not its own. Without this, that is only told of
    /// ([`HalvesMismatched`](crate::Event::HalvesMismatched)): the thief gets nothing, but could sign the person out
    /// by trying.
    pub fn end_stolen_sessions(mut self) -> Self {
        self.ends_stolen_sessions = true;
        self
    }

    /// Gives any script of this origin what a vault needs to get tokens, so that the client can run without a worker, or in
    /// one that somebody else serves. Then script that was injected into a page can take a token out of it, though it is
    /// still of no use without the cookie half. Without this, only the worker that this server starts can have one.
    pub fn let_page_script_read_tokens(mut self) -> Self {
        self.lets_page_script_read_tokens = true;
        self
    }

    /// Instead of [`MAX_FAILURES`].
    pub fn max_failures(mut self, a_minute: u32) -> Self {
        self.max_failures = a_minute;
        self
    }

    /// Instead of [`TOKEN_LIFETIME`]; at most [`MAX_TOKEN_LIFETIME`].
    pub fn token_lifetime(mut self, duration: Duration) -> Self {
        self.timeouts.token = duration;
        self
    }

    /// Instead of [`IDLE_TIMEOUT`].
    pub fn idle_timeout(mut self, duration: Duration) -> Self {
        self.timeouts.idle = duration;
        self
    }

    /// Instead of [`ABSOLUTE_TIMEOUT`].
    pub fn absolute_timeout(mut self, duration: Duration) -> Self {
        self.timeouts.absolute = duration;
        self
    }

    /// All three limits at once, instead of [`Timeouts::ORDINARY`].
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// How many sessions one person may have at a time; without it, any number.
    pub fn max_sessions(mut self, number: usize, when_full: WhenFull) -> Self {
        self.max_sessions = Some((number, when_full));
        self
    }

    /// Uses the cookie's name and the spellings of the token-sidejacking mitigation formerly published by OWASP: the
    /// cookie `__Secure-Fgp` with 100 upper-case hexadecimal digits, and their hash in upper case. For applications
    /// that have to meet that text: a sibling subdomain can set a cookie of this name, and cannot set ours.
    pub fn owasp_compat(mut self) -> Self {
        self.fingerprint_format = FingerprintFormat::Owasp;
        self
    }

    /// Leaves the browser's storages as they are at a sign-out. Without this, they are emptied, so that the next person at
    /// the same device finds nothing (ASVS 5.0, 14.3.1); with it, that is the application's own task.
    pub fn keep_site_data(mut self) -> Self {
        self.clears_site_data = false;
        self
    }

    /// Where the vault may connect to, as sources of a content security policy.
    pub(crate) fn vault_destinations(&self) -> String {
        let apis = self.api_origins.iter().map(Origin::as_str);
        std::iter::once("'self'").chain(apis).collect::<Vec<_>>().join(" ")
    }

    /// The name of the cookie half.
    pub(crate) fn fingerprint_cookie(&self) -> &'static str {
        match self.fingerprint_format {
            FingerprintFormat::Base64Url => FINGERPRINT_COOKIE,
            FingerprintFormat::Owasp => OWASP_FINGERPRINT_COOKIE,
        }
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let second = Duration::from_secs(1);
        let Timeouts { token, idle, absolute } = self.timeouts;
        if token < second || token > MAX_TOKEN_LIFETIME {
            return Err(ConfigError::Duration("the token lifetime", "15 minutes"));
        }
        if idle < second || idle > absolute {
            return Err(ConfigError::Duration("the idle timeout", "the absolute timeout"));
        }
        if self.max_sessions.is_some_and(|(number, _)| number == 0) {
            return Err(ConfigError::NoSessions);
        }
        Ok(())
    }
}

/// An origin in the spelling of the `Origin` header (RFC 6454 section 6.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin(HeaderValue);

impl Origin {
    fn parse(text: &str) -> Result<Self, ConfigError> {
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
        // One spelling: browsers write origins in lower case, without the scheme's own port, user, path or slash.
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
            assert_eq!(
                Config::new(good).map(|config| config.origin.as_str().to_owned()).as_deref(),
                Ok(good)
            );
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
            assert_eq!(Config::new(wrong).err(), Some(ConfigError::Origin(wrong.into())), "{wrong:?}");
        }
    }

    /// Covers: H-01, K-024, K-025
    #[test]
    fn plain_http_is_for_this_machine_only() {
        for wrong in ["http://app.example", "http://localhost.app.example", "http://10.0.0.1"] {
            assert_eq!(Config::new(wrong).err(), Some(ConfigError::PlainHttp(wrong.into())), "{wrong:?}");
        }
    }

    /// Covers: S-07
    #[test]
    fn no_limit_is_endless() {
        let config = Config::new("https://app.example").unwrap();
        assert!(config.clone().token_lifetime(MAX_TOKEN_LIFETIME).check().is_ok());
        assert!(config.clone().token_lifetime(MAX_TOKEN_LIFETIME + Duration::from_secs(1)).check().is_err());
        assert!(config.clone().token_lifetime(Duration::ZERO).check().is_err());
        assert!(config.idle_timeout(ABSOLUTE_TIMEOUT * 2).check().is_err());
    }
}
