//! Builds the content security policy of the application's pages. The policy is strict, and loosened by name.

use symbolon_shared::paths::{AUTH_PATH, VAULT_SCRIPT};

use crate::config::Config;

/// The Trusted Types policy that the client makes for the worker's URL. Pages may make no other.
const TRUSTED_TYPES_POLICY: &str = "symbolon";

/// A content security policy: directives and their sources, in order.
#[derive(Clone, Debug)]
pub(crate) struct Policy(Vec<(&'static str, String)>);

/// Why [`SecurityHeadersLayer::allow`](crate::SecurityHeadersLayer::allow) refused a source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The directive is fixed: changing it would weaken the vault.
    #[error(
        "the directive {0} cannot be changed: page script could then reach what only the vault may, or start another worker"
    )]
    Closed(String),
    /// The policy has no such directive.
    #[error(
        "the policy has no directive {0}: allow a source in script-src, style-src, img-src, font-src, media-src, \
             manifest-src, connect-src, frame-src, form-action or trusted-types"
    )]
    Unknown(String),
    /// The source allows too much, or could end the directive. The values are the source and the directive.
    #[error("{0} allows too much in {1}, or is malformed: name an origin, a hash, or a path")]
    TooWide(String, String),
}

impl Policy {
    /// Returns the strict policy: a page reaches APIs only through the vault, starts no worker but the vault, and runs only
    /// its own server's scripts.
    pub(crate) fn strict(config: &Config) -> Self {
        let origin = config.origin.as_str();
        let same_origin = || "'self'".to_owned();
        let none = || "'none'".to_owned();
        // A vault in the page or in another worker must be able to run and to connect.
        let (script, connect, worker) = if config.lets_page_script_read_tokens {
            ("'self' 'wasm-unsafe-eval'".to_owned(), config.vault_destinations(), same_origin())
        } else {
            (same_origin(), none(), format!("{origin}{AUTH_PATH}{VAULT_SCRIPT}"))
        };
        Self(vec![
            ("default-src", none()),
            ("script-src", script),
            ("style-src", same_origin()),
            ("img-src", same_origin()),
            ("font-src", same_origin()),
            ("media-src", same_origin()),
            ("manifest-src", same_origin()),
            ("connect-src", connect),
            ("worker-src", worker),
            ("frame-src", none()),
            ("form-action", none()),
            ("object-src", none()),
            ("base-uri", none()),
            ("frame-ancestors", none()),
            ("require-trusted-types-for", "'script'".to_owned()),
            ("trusted-types", TRUSTED_TYPES_POLICY.to_owned()),
        ])
    }

    /// Allows one more source in a directive.
    pub(crate) fn allow(&mut self, directive: &str, source: &str) -> Result<(), PolicyError> {
        const OPEN: [&str; 10] = [
            "script-src",
            "style-src",
            "img-src",
            "font-src",
            "media-src",
            "manifest-src",
            "connect-src",
            "frame-src",
            "form-action",
            "trusted-types",
        ];
        let known = self.0.iter_mut().find(|(name, _)| *name == directive);
        let (name, sources) = known.ok_or_else(|| PolicyError::Unknown(directive.to_owned()))?;
        if !OPEN.contains(name) {
            return Err(PolicyError::Closed(directive.to_owned()));
        }
        if !is_narrow(directive, source) {
            return Err(PolicyError::TooWide(source.to_owned(), directive.to_owned()));
        }
        *sources = if sources == "'none'" { source.to_owned() } else { format!("{sources} {source}") };
        Ok(())
    }

    /// Returns the policy as it is sent.
    pub(crate) fn text(&self) -> String {
        let directives = self.0.iter().map(|(name, sources)| format!("{name} {sources}"));
        directives.collect::<Vec<_>>().join("; ")
    }
}

/// Whether a source is well-formed and names something particular.
fn is_narrow(directive: &str, source: &str) -> bool {
    let visible = |byte: u8| byte.is_ascii_graphic() && !b";,*".contains(&byte);
    if source.is_empty() || !source.bytes().all(visible) {
        return false;
    }
    let is_origin = ["https://", "http://localhost", "http://127.0.0.1", "wss://"]
        .iter()
        .any(|scheme| source.len() > scheme.len() && source.starts_with(scheme));
    let is_hash = ["'sha256-", "'sha384-", "'sha512-"].iter().any(|hash| source.starts_with(hash));
    match directive {
        "trusted-types" => source.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)),
        "script-src" => is_origin || is_hash,
        // A page that could reach all of its own server could request what only the vault may.
        "connect-src" => is_origin && source.matches('/').count() > 2,
        "style-src" => is_origin || is_hash || source == "'unsafe-inline'",
        "img-src" | "font-src" | "media-src" => is_origin || source == "data:" || source == "blob:",
        _ => is_origin || source == "'self'",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(directive: &str, source: &str) -> Result<String, PolicyError> {
        let mut policy = Policy::strict(&Config::new("https://app.example").unwrap());
        policy.allow(directive, source).map(|()| policy.text())
    }

    /// Covers: I-09, H-025
    #[test]
    fn the_policy_is_strict_and_can_be_read() {
        let policy = Policy::strict(&Config::new("https://app.example").unwrap()).text();
        assert_eq!(
            policy,
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
             media-src 'self'; manifest-src 'self'; connect-src 'none'; \
             worker-src https://app.example/auth/vault.js; frame-src 'none'; form-action 'none'; \
             object-src 'none'; base-uri 'none'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'; trusted-types symbolon"
        );
    }

    /// Covers: I-04
    #[test]
    fn it_lets_a_vault_into_the_page_only_when_that_is_typed_out() {
        let config =
            Config::new("https://app.example").unwrap().allow_api_origin("https://api.example").unwrap();
        let policy = Policy::strict(&config.let_page_script_read_tokens()).text();
        for expected in [
            "script-src 'self' 'wasm-unsafe-eval';",
            "connect-src 'self' https://api.example;",
            "worker-src 'self';",
        ] {
            assert!(policy.contains(expected), "{policy}");
        }
    }

    /// Covers: I-09
    #[test]
    fn it_is_loosened_by_name_and_not_undone() {
        for (directive, source, expected) in [
            ("img-src", "data:", "img-src 'self' data:;"),
            ("script-src", "https://cdn.example", "script-src 'self' https://cdn.example;"),
            ("script-src", "'sha256-AAAA'", "script-src 'self' 'sha256-AAAA';"),
            ("connect-src", "https://app.example/public/", "connect-src https://app.example/public/;"),
            ("frame-src", "https://pay.example", "frame-src https://pay.example;"),
            ("trusted-types", "dompurify", "trusted-types symbolon dompurify"),
        ] {
            assert!(with(directive, source).unwrap().contains(expected), "{directive} {source}");
        }
        for (directive, source) in [
            ("script-src", "'unsafe-inline'"),
            ("script-src", "'unsafe-eval'"),
            ("script-src", "'wasm-unsafe-eval'"),
            ("script-src", "data:"),
            ("script-src", "https:"),
            ("script-src", "https://"),
            ("script-src", "*"),
            ("script-src", "https://*.example"),
            ("img-src", "https://a.example; script-src 'unsafe-inline'"),
            ("img-src", "https://a.example\r\nx: y"),
            ("connect-src", "'self'"),
            ("connect-src", "https://app.example"),
            ("trusted-types", "'allow-duplicates'"),
        ] {
            assert!(matches!(with(directive, source), Err(PolicyError::TooWide(..))), "{directive} {source}");
        }
        for closed in ["worker-src", "object-src", "base-uri", "frame-ancestors", "require-trusted-types-for"]
        {
            assert_eq!(with(closed, "https://a.example"), Err(PolicyError::Closed(closed.into())));
        }
        assert_eq!(with("child-src", "'self'"), Err(PolicyError::Unknown("child-src".into())));
    }
}
