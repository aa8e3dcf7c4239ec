//! Turns an error into a response: a problem document (RFC 9457) and, for 401, a challenge (RFC 6750 section 3).

use http::{
    HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, SET_COOKIE, WWW_AUTHENTICATE},
};
use symbolon_shared::{cookies::REFRESH_COOKIE, paths::AUTH_PATH, problem::Problem};

use crate::{
    config::Config,
    cookie,
    error::{Error, Reason, StepUp},
    rate_limit::WINDOW,
};

impl<B: From<Vec<u8>>> From<Error> for Response<B> {
    /// Logs the cause, and returns the response with what the client may learn of it.
    fn from(error: Error) -> Self {
        let problem = error.problem();
        metrics::counter!("symbolon_refused_total", "cause" => error.cause()).increment(1);
        match &error {
            Error::Refused(reason @ Reason::TooManyFailures) => {
                tracing::debug!(%reason, "refused");
            }
            Error::Refused(reason) => tracing::warn!(%reason, %problem, "refused"),
            Error::BadCredentials | Error::Forbidden | Error::StepUp(_) | Error::TooManySessions => {
                tracing::info!(%problem, "refused by the application");
            }
            fault => tracing::error!(error = %fault, cause = ?std::error::Error::source(fault), "failed"),
        }
        let mut response = document(problem).map(B::from);
        if problem.status() == 401 {
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge(&error));
        }
        if error.counts_towards_rate_limit() {
            let is_guess = matches!(error, Error::BadCredentials);
            let failure = if is_guess { Failure::BadCredentials } else { Failure::Other };
            response.extensions_mut().insert(failure);
        }
        response
    }
}

/// Marks the response to a refresh or a sign-out that proves the session is over.
///
/// Other responses never have this mark: they may arrive late, when another tab has begun another session.
#[derive(Clone, Copy)]
pub(crate) struct SessionOver;

/// Marks the response to a request that counts towards the rate limit.
#[derive(Clone, Copy)]
pub(crate) enum Failure {
    /// A wrong name or password.
    BadCredentials,
    /// Any other failure.
    Other,
}

/// Clears both cookies with a response that is marked [`SessionOver`].
pub(super) fn clear_cookies<B>(response: &mut Response<B>, config: &Config) {
    if response.extensions_mut().remove::<SessionOver>().is_some() {
        for name in [config.fingerprint_cookie(), REFRESH_COOKIE] {
            response.headers_mut().append(SET_COOKIE, cookie::clear(name));
        }
    }
}

/// Returns the value of `WWW-Authenticate`. The vault reads it and not the body, which stays untouched for the caller.
fn challenge(error: &Error) -> HeaderValue {
    let more = match error {
        Error::StepUp(step_up) => return step_up_challenge(*step_up),
        Error::Refused(Reason::ProofStale(now)) => format!(r#", now="{}""#, now.0),
        Error::Refused(reason) => {
            reason.ended().map(|ended| format!(r#", ended="{}""#, ended.code())).unwrap_or_default()
        }
        _ => String::new(),
    };
    let challenge = format!(r#"Bearer error="invalid_token", problem="{}"{more}"#, error.problem().code());
    HeaderValue::from_str(&challenge).expect("codes and digits are visible ASCII")
}

/// Returns the challenge that says which authentication is needed (RFC 9470 section 3).
fn step_up_challenge(StepUp { max_age, level }: StepUp) -> HeaderValue {
    if level.is_some_and(|level| level.contains(['"', '\\'])) {
        return HeaderValue::from_static("Bearer");
    }
    let problem = Problem::StepUpRequired.code();
    let max_age = max_age.map(|age| format!(r#", max_age="{}""#, age.as_secs())).unwrap_or_default();
    let level = level.map(|level| format!(r#", acr_values="{level}""#)).unwrap_or_default();
    let challenge =
        format!(r#"Bearer error="insufficient_user_authentication", problem="{problem}"{max_age}{level}"#);
    HeaderValue::from_str(&challenge).unwrap_or(HeaderValue::from_static("Bearer"))
}

/// Returns the problem document.
fn document(problem: Problem) -> Response<Vec<u8>> {
    let code = problem.code();
    let body = serde_json::json!({
        "type": format!("urn:symbolon:problem:{code}"),
        "title": problem.title(),
        "status": problem.status(),
        "code": code,
    });
    let mut response = Response::new(body.to_string().into_bytes());
    *response.status_mut() =
        StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if problem.status() == 429 {
        headers.insert(RETRY_AFTER, WINDOW.as_secs().into());
    }
    response
}

/// Returns a response without a body.
pub(super) fn empty(status: StatusCode) -> Response<Vec<u8>> {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
}

/// Returns the part of a path below [`AUTH_PATH`]. A router that is nested there has removed the prefix already.
pub(super) fn below_auth(path: &str) -> &str {
    path.strip_prefix(AUTH_PATH).filter(|rest| rest.starts_with('/')).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Covers: H-014
    #[test]
    fn nothing_that_is_put_into_a_challenge_ends_it() {
        let challenge = |level| step_up_challenge(StepUp { max_age: None, level: Some(level) });
        assert!(challenge("two-factor").to_str().unwrap().ends_with(r#", acr_values="two-factor""#));
        for hostile in ["a\r\nset-cookie: x=y", "a\0b", "a\", max_age=\"1"] {
            assert_eq!(challenge(hostile), "Bearer", "{hostile:?}");
        }
    }
}
