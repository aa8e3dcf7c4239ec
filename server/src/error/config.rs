//! The errors of settings that cannot work.

use std::time::Duration;

use super::KeyError;

/// A setting that cannot work. Found when the setting is made or the server starts, not at the first request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A duration is shorter than one second, or too long.
    #[error("`Config::{setting}` is {given:?}: set it to at least 1 second and at most {max}")]
    Duration {
        /// The method of [`Config`](crate::Config) that sets the duration.
        setting: &'static str,
        /// The duration that was given.
        given: Duration,
        /// The longest duration allowed.
        max: &'static str,
    },
    /// A signing key must not be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The text given to [`Config::trusted_proxy`](crate::Config::trusted_proxy) is not a network such as `10.0.0.0/8`.
    #[error(
        "{0:?} is not a network: give `Config::trusted_proxy` an address and its prefix length, such as \"10.0.0.0/8\""
    )]
    Network(String),
    /// The limit given to [`Config::max_sessions`](crate::Config::max_sessions) is zero, so nobody could sign in.
    #[error("a limit of 0 sessions lets nobody sign in: give `Config::max_sessions` at least 1")]
    NoSessions,
    /// The text is not an origin such as `https://app.example`.
    #[error(
        "{0:?} is not an origin: write https://host or https://host:port, in lower case, with no default port, path or \
         final slash"
    )]
    Origin(String),
    /// The origin uses plain http on another host than this machine, where browsers refuse Symbolon's cookies.
    #[error(
        "{0:?} does not use https: browsers keep Symbolon's cookies on https only, and plain http works only for \
         localhost, 127.0.0.1 and [::1]"
    )]
    PlainHttp(String),
}
