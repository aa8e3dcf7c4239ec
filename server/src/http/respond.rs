//! What a refusal looks like: a problem document (RFC 9457) and, for 401, a challenge (RFC 6750 section 3).

use axum::response::{IntoResponse, Response};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE, WWW_AUTHENTICATE},
};
use symbolon_shared::{problem::Problem, wire::REFRESH_COOKIE};

use crate::{
    config::Config,
    cookie,
    error::{Error, StepUp},
};

impl IntoResponse for Error {
    /// Logs the cause, and answers with what may be known of it.
    fn into_response(self) -> Response {
        let problem = self.problem();
        match &self {
            Self::Refused(reason) => tracing::warn!(%reason, %problem, "refused"),
            Self::BadCredentials | Self::Forbidden | Self::StepUp(_) | Self::TooManySessions => {
                tracing::info!(%problem, "refused by the application");
            }
            fault => tracing::error!(error = %fault, cause = ?std::error::Error::source(fault), "failed"),
        }
        let mut response = document(problem);
        if let Self::StepUp(step_up) = self {
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge_to(step_up));
        }
        if matches!(self, Self::Refused(reason) if reason.ends_the_session()) {
            response.extensions_mut().insert(SessionOver);
        }
        response
    }
}

/// Marks an answer which says for certain that the session is over.
#[derive(Clone, Copy)]
pub(super) struct SessionOver;

/// Takes both cookies away with an answer that says the session is over.
pub(super) fn clear_cookies(response: &mut Response, config: &Config) {
    if response.extensions_mut().remove::<SessionOver>().is_some() {
        for name in [config.fingerprint_cookie(), REFRESH_COOKIE] {
            response.headers_mut().append(SET_COOKIE, cookie::clear(name));
        }
    }
}

/// RFC 9470 section 3: what would be enough.
fn challenge_to(StepUp { max_age, level }: StepUp) -> HeaderValue {
    let problem = Problem::StepUpRequired.code();
    let max_age = max_age.map(|age| format!(r#", max_age="{}""#, age.as_secs())).unwrap_or_default();
    let level = level.map(|level| format!(r#", acr_values="{level}""#)).unwrap_or_default();
    let challenge =
        format!(r#"Bearer error="insufficient_user_authentication", problem="{problem}"{max_age}{level}"#);
    HeaderValue::from_str(&challenge).unwrap_or(HeaderValue::from_static("Bearer"))
}

fn document(problem: Problem) -> Response {
    let status = StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let code = problem.code();
    let body = serde_json::json!({
        "type": format!("urn:symbolon:problem:{code}"),
        "title": problem.title(),
        "status": status.as_u16(),
        "code": code,
    });
    let mut response = (status, body.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::UNAUTHORIZED {
        // The vault reads the code here, so that the body stays untouched for the caller.
        let challenge = format!(r#"Bearer error="invalid_token", problem="{code}""#);
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_str(&challenge).expect("codes are visible ASCII"));
    }
    response
}
