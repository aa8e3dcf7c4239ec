//! The settings of a server, and their defaults with reasons.

use std::time::Duration;

use ipnet::IpNet;
use symbolon_shared::{
    cookies::{FINGERPRINT_COOKIE, OWASP_FINGERPRINT_COOKIE},
    fingerprint::FingerprintFormat,
};

pub use crate::session::REFRESH_GRACE;
use crate::{error::ConfigError, origin::Origin};

/// A token's lifetime: 5 minutes. A stolen token that is verified without this server works for no longer.
pub const TOKEN_LIFETIME: Duration = Duration::from_mins(5);
/// The longest lifetime that any token may have: 15 minutes. Longer tokens are refused, validly signed or not.
pub const MAX_TOKEN_LIFETIME: Duration = Duration::from_mins(15);
/// How long a session may be unused: 30 minutes (OWASP Session Management: 15 to 30 minutes for ordinary applications).
pub const IDLE_TIMEOUT: Duration = Duration::from_mins(30);
/// How long a session may last from sign-in: 8 hours (OWASP Session Management: 4 to 8 hours, a working day).
pub const ABSOLUTE_TIMEOUT: Duration = Duration::from_hours(8);
/// How long a vault secret is valid: 10 minutes from the worker's start to the sign-in. Later, the worker fetches another.
pub const VAULT_SECRET_LIFETIME: Duration = Duration::from_mins(10);
/// How far a vault proof's time may differ from the server's: 1 minute, for the network and for clock changes.
pub const PROOF_WINDOW: Duration = Duration::from_mins(1);

/// How often the change feed is read: every 100 milliseconds. Other processes learn of a revocation with this delay.
/// One read costs a store some microseconds.
pub const FEED_INTERVAL: Duration = Duration::from_millis(100);
/// How old the last successful read of the change feed may be: 5 seconds. Later, each request asks the store.
pub const MAX_STALENESS: Duration = Duration::from_secs(5);
/// How long the store may take for one call: 5 seconds. Later, the call fails.
pub const STORE_DEADLINE: Duration = Duration::from_secs(5);
/// How often the times of last use are written to the store: every 5 seconds, all in one write.
pub const LAST_SEEN_INTERVAL: Duration = Duration::from_secs(5);
/// Failed requests per minute and client address before `/auth/*` answers 429: 60. An office behind one address may
/// mistype that often, and 60 guesses a minute do not find a decent password.
pub const MAX_FAILURES: u32 = 60;
/// How often expired sessions and old changes are deleted from the store: every minute.
pub const SWEEP_INTERVAL: Duration = Duration::from_mins(1);
/// How recently a person must have signed in to end another of their sessions: 15 minutes.
pub const SESSION_ADMIN_MAX_AGE: Duration = Duration::from_mins(15);

/// The three time limits of a session. Every server has all three; none can be switched off.
///
/// ```
/// # use symbolon_server::config::Timeouts;
/// # use std::time::Duration;
/// let timeouts = Timeouts { idle: Duration::from_mins(15), ..Timeouts::ORDINARY };
/// assert_eq!(timeouts.token, Duration::from_mins(5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// The lifetime of an access token.
    pub token: Duration,
    /// How long a session lives without a request.
    pub idle: Duration,
    /// How long a session lives from sign-in, however much it is used.
    pub absolute: Duration,
}

impl Timeouts {
    /// The limits for ordinary applications: [`TOKEN_LIFETIME`], [`IDLE_TIMEOUT`], [`ABSOLUTE_TIMEOUT`].
    pub const ORDINARY: Self = Self { token: TOKEN_LIFETIME, idle: IDLE_TIMEOUT, absolute: ABSOLUTE_TIMEOUT };
    /// The limits for money and the like: 2 minutes, 5 minutes, 4 hours (the lower ends of OWASP Session Management's
    /// ranges).
    pub const HIGH_VALUE: Self = Self {
        token: Duration::from_mins(2),
        idle: Duration::from_mins(5),
        absolute: Duration::from_hours(4),
    };
}

/// The effect of a sign-in when the person already has [`Config::max_sessions`] sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// Ends the session that was unused for longest, and signs in.
    EndOldest,
    /// Refuses the sign-in with [`Error::TooManySessions`](crate::Error::TooManySessions).
    Refuse,
}

/// The settings of a server. Cookies, same-origin checks and the content security policy derive from the origin.
///
/// ```
/// # use {symbolon_server::Config, std::time::Duration};
/// let config = Config::new("https://app.example")?.idle_timeout(Duration::from_mins(15));
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
    /// Returns the default settings for a server at `origin`, such as `https://app.example`. The origin is what the
    /// browser's address bar shows: scheme, host, and port unless it is the scheme's default.
    ///
    /// ```
    /// # use symbolon_server::Config;
    /// assert!(Config::new("https://app.example").is_ok());
    /// assert!(Config::new("http://localhost:3000").is_ok(), "for development");
    /// assert!(Config::new("http://app.example").is_err(), "other hosts need https");
    /// assert!(Config::new("https://app.example/").is_err(), "no final slash");
    /// ```
    ///
    /// # Errors
    /// [`ConfigError::Origin`] if `origin` has another form; [`ConfigError::PlainHttp`] if it uses http for another host
    /// than this machine.
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

    /// Allows the vault to send tokens to another origin. Default: none; pages cannot add one.
    ///
    /// Use it when your API answers on another port of the same host; browsers send the fingerprint cookie to no other
    /// host. The server there needs the same keys, the same store and the same settings, and this server's origin as an
    /// [`allow_origin`](Self::allow_origin).
    ///
    /// ```
    /// # use symbolon_server::{Config, error::ConfigError};
    /// let app = "https://app.example";
    /// let config = Config::new(app)?.allow_api_origin("https://app.example:8443")?.allow_origin(app)?;
    /// # Ok::<(), ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// [`ConfigError`] as in [`new`](Self::new).
    pub fn allow_api_origin(mut self, origin: &str) -> Result<Self, ConfigError> {
        self.api_origins.push(Origin::parse(origin)?);
        Ok(self)
    }

    /// Allows pages of another origin to call what [`protect`](crate::Symbolon::protect) guards, and to read the
    /// responses (CORS). Default: none.
    ///
    /// Use it for another port of the same host, such as a development server's; browsers send the fingerprint cookie to
    /// no other host. The endpoints below `/auth` stay closed to it.
    ///
    /// ```
    /// # use symbolon_server::{Config, error::ConfigError};
    /// let config = Config::new("https://app.example:8443")?.allow_origin("https://app.example")?;
    /// # Ok::<(), ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// [`ConfigError`] as in [`new`](Self::new).
    pub fn allow_origin(mut self, origin: &str) -> Result<Self, ConfigError> {
        self.allowed_origins.push(Origin::parse(origin)?);
        Ok(self)
    }

    /// Trusts the header `X-Forwarded-For` of proxies in this network. Default: none, and the header is ignored.
    ///
    /// Set it if a proxy of yours stands in front. Without it, all visitors share the proxy's address, and so its rate
    /// limit.
    ///
    /// ```
    /// # use symbolon_server::{Config, error::ConfigError};
    /// let config = Config::new("https://app.example")?.trusted_proxy("127.0.0.1/32")?.trusted_proxy("10.0.0.0/8")?;
    /// # Ok::<(), ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// [`ConfigError::Network`] if `network` is not an address with a prefix length.
    pub fn trusted_proxy(mut self, network: &str) -> Result<Self, ConfigError> {
        let network = network.parse().map_err(|_| ConfigError::Network(network.to_owned()))?;
        self.proxies.push(network);
        Ok(self)
    }

    /// Ends a session when its token comes with another session's fingerprint cookie. Default: the request is refused
    /// and reported as [`HalvesMismatched`](crate::Event::HalvesMismatched), and the session goes on.
    ///
    /// A thief of a token gets nothing in either case. With this setting, the thief can sign the person out by trying.
    ///
    /// ```
    /// # use symbolon_server::{Config, error::ConfigError};
    /// let config = Config::new("https://app.example")?.end_stolen_sessions();
    /// # Ok::<(), ConfigError>(())
    /// ```
    pub fn end_stolen_sessions(mut self) -> Self {
        self.ends_stolen_sessions = true;
        self
    }

    /// Lets any script of this origin run a vault, and so read access tokens. Default: the server gives vault secrets
    /// only to the workers that it starts itself.
    ///
    /// Use it only if the client must run without a worker, or in a worker from elsewhere. Script injected into a page can
    /// then read a token, which is still useless without the fingerprint cookie.
    ///
    /// ```
    /// # use symbolon_server::{Config, error::ConfigError};
    /// let config = Config::new("https://app.example")?.let_page_script_read_tokens();
    /// # Ok::<(), ConfigError>(())
    /// ```
    pub fn let_page_script_read_tokens(mut self) -> Self {
        self.lets_page_script_read_tokens = true;
        self
    }

    /// Sets how many requests per minute and client address may fail before `/auth/*` answers 429. Default:
    /// [`MAX_FAILURES`], which is 60; 0 allows none.
    ///
    /// Raise it if many people share one address, such as a school behind one router.
    ///
    /// ```
    /// # use symbolon_server::{Config, error::ConfigError};
    /// let config = Config::new("https://app.example")?.max_failures(300);
    /// # Ok::<(), ConfigError>(())
    /// ```
    pub fn max_failures(mut self, per_minute: u32) -> Self {
        self.max_failures = per_minute;
        self
    }

    /// Sets the lifetime of access tokens: 1 second to 15 minutes, by default 5 minutes ([`TOKEN_LIFETIME`]).
    ///
    /// Shorten it if servers that do not read the change feed verify your tokens. Vaults then refresh more often.
    ///
    /// ```
    /// # use {symbolon_server::Config, std::time::Duration};
    /// let config = Config::new("https://app.example")?.token_lifetime(Duration::from_mins(2));
    /// # Ok::<(), symbolon_server::error::ConfigError>(())
    /// ```
    pub fn token_lifetime(mut self, duration: Duration) -> Self {
        self.timeouts.token = duration;
        self
    }

    /// Sets the idle timeout, after which an unused session ends: by default 30 minutes ([`IDLE_TIMEOUT`]). At least 1
    /// second, at most the absolute timeout.
    ///
    /// Shorten it if people leave shared computers without signing out. A refresh does not count as use.
    ///
    /// ```
    /// # use {symbolon_server::Config, std::time::Duration};
    /// let config = Config::new("https://app.example")?.idle_timeout(Duration::from_mins(15));
    /// # Ok::<(), symbolon_server::error::ConfigError>(())
    /// ```
    pub fn idle_timeout(mut self, duration: Duration) -> Self {
        self.timeouts.idle = duration;
        self
    }

    /// Sets how long a session may last from sign-in, however much it is used: by default 8 hours
    /// ([`ABSOLUTE_TIMEOUT`]). At least the idle timeout.
    ///
    /// Raise it if people use the application for longer than a working day.
    ///
    /// ```
    /// # use {symbolon_server::Config, std::time::Duration};
    /// let config = Config::new("https://app.example")?.absolute_timeout(Duration::from_hours(12));
    /// # Ok::<(), symbolon_server::error::ConfigError>(())
    /// ```
    pub fn absolute_timeout(mut self, duration: Duration) -> Self {
        self.timeouts.absolute = duration;
        self
    }

    /// Sets token lifetime, idle timeout and absolute timeout at once. Default: [`Timeouts::ORDINARY`].
    ///
    /// ```
    /// # use symbolon_server::{Config, config::Timeouts};
    /// let config = Config::new("https://bank.example")?.timeouts(Timeouts::HIGH_VALUE);
    /// # Ok::<(), symbolon_server::error::ConfigError>(())
    /// ```
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Sets how many sessions one person may have at a time, and what the next sign-in does. Default: no limit; at least 1.
    ///
    /// Use it if accounts must not be shared.
    ///
    /// ```
    /// # use symbolon_server::{Config, config::WhenFull};
    /// let config = Config::new("https://app.example")?.max_sessions(3, WhenFull::EndOldest);
    /// # Ok::<(), symbolon_server::error::ConfigError>(())
    /// ```
    pub fn max_sessions(mut self, number: usize, when_full: WhenFull) -> Self {
        self.max_sessions = Some((number, when_full));
        self
    }

    /// Names and spells the fingerprint cookie as the token-sidejacking mitigation formerly published by OWASP. Default:
    /// Symbolon's own cookie, which sibling subdomains cannot set.
    ///
    /// Use it only if you have to follow that text: the cookie is `__Secure-Fgp` with 100 upper-case hexadecimal digits,
    /// and its hash is in upper case. A sibling subdomain can set a cookie of this name.
    ///
    /// ```
    /// # use symbolon_server::{Config, error::ConfigError};
    /// let config = Config::new("https://app.example")?.owasp_compat();
    /// # Ok::<(), ConfigError>(())
    /// ```
    pub fn owasp_compat(mut self) -> Self {
        self.fingerprint_format = FingerprintFormat::Owasp;
        self
    }

    /// Keeps the browser's storage of this origin at a sign-out. Default: `Clear-Site-Data` clears it, so that the next
    /// person at the device finds nothing (ASVS 5.0, 14.3.1).
    ///
    /// Use it if your application keeps data in the browser that has to outlive a sign-out, and clears the rest itself.
    ///
    /// ```
    /// # use symbolon_server::{Config, error::ConfigError};
    /// let config = Config::new("https://app.example")?.keep_site_data();
    /// # Ok::<(), ConfigError>(())
    /// ```
    pub fn keep_site_data(mut self) -> Self {
        self.clears_site_data = false;
        self
    }

    /// Returns where the vault may connect to, as sources of a content security policy.
    pub(crate) fn vault_destinations(&self) -> String {
        let apis = self.api_origins.iter().map(Origin::as_str);
        std::iter::once("'self'").chain(apis).collect::<Vec<_>>().join(" ")
    }

    /// Returns the name of the fingerprint cookie.
    pub(crate) fn fingerprint_cookie(&self) -> &'static str {
        match self.fingerprint_format {
            FingerprintFormat::Base64Url => FINGERPRINT_COOKIE,
            FingerprintFormat::Owasp => OWASP_FINGERPRINT_COOKIE,
        }
    }

    /// Checks the settings that depend on each other.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let second = Duration::from_secs(1);
        let Timeouts { token, idle, absolute } = self.timeouts;
        if token < second || token > MAX_TOKEN_LIFETIME {
            return Err(ConfigError::Duration { setting: "token_lifetime", given: token, max: "15 minutes" });
        }
        if idle < second || idle > absolute {
            let max = "the absolute timeout";
            return Err(ConfigError::Duration { setting: "idle_timeout", given: idle, max });
        }
        if self.max_sessions.is_some_and(|(number, _)| number == 0) {
            return Err(ConfigError::NoSessions);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
