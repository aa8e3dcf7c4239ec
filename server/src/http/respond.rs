//! What a refusal looks like: a problem document (RFC 9457) and, for 401, a challenge (RFC 6750 section 3).

use axum::response::{IntoResponse, Response};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE, WWW_AUTHENTICATE},
};
use symbolon_shared::{
    problem::Problem,
    wire::{FINGERPRINT_COOKIE, REFRESH_COOKIE},
};

use crate::{cookie, error::Error};

impl IntoResponse for Error {
    /// Logs the cause, and answers with what may be known of it.
    fn into_response(self) -> Response {
        let problem = self.problem();
        match &self {
            Self::Refused(reason) => tracing::warn!(%reason, %problem, "refused"),
            Self::BadCredentials | Self::Forbidden => tracing::info!(%problem, "refused by the application"),
            fault => tracing::error!(error = %fault, cause = ?std::error::Error::source(fault), "failed"),
        }
        let mut response = document(problem);
        if matches!(self, Self::Refused(reason) if reason.ends_the_session()) {
            clear_cookies(&mut response);
        }
        response
    }
}

/// Takes both cookies away.
pub(crate) fn clear_cookies(response: &mut Response) {
    for name in [FINGERPRINT_COOKIE, REFRESH_COOKIE] {
        response.headers_mut().append(SET_COOKIE, cookie::clear(name));
    }
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
