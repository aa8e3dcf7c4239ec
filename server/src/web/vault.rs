//! Serves the vault: a script for worker loads only, with a vault secret inside, and its module. Serves a weaker vault if
//! [`Config::let_page_script_read_tokens`] is set.

use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, SET_COOKIE, VARY},
};
use symbolon_shared::{
    cookies::{REFRESH_COOKIE, VAULT_COOKIE},
    paths::AUTH_PATH,
};

use super::respond::empty;
use crate::{
    config::{Config, VAULT_SECRET_LIFETIME},
    cookie,
    error::{Error, Reason},
    origin::Origin,
    symbolon::Symbolon,
    vault_proof,
};

const JAVASCRIPT: HeaderValue = HeaderValue::from_static("text/javascript; charset=utf-8");

#[derive(Clone, Copy)]
struct Assets {
    script: &'static str,
    /// The script of the vault without a worker.
    inline: &'static str,
    module: &'static [u8],
    /// The module's file name: the hash of its content, and `.wasm`.
    module_name: &'static str,
    /// The module's hash, which the browser checks (Subresource Integrity).
    module_integrity: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Answers with the worker's script, which contains a vault secret.
///
/// Page script can send any request but this one. The browser alone writes the three headers, and the only load with these
/// three values gives its response to a new realm that the page cannot read.
pub(super) fn script(symbolon: &Symbolon, headers: &HeaderMap) -> Result<Response<Vec<u8>>, Error> {
    let is_worker = header_is(headers, "sec-fetch-dest", "worker")
        && header_is(headers, "sec-fetch-mode", "same-origin")
        && header_is(headers, "sec-fetch-site", "same-origin");
    if !is_worker {
        return Err(Reason::WorkerOnly.into());
    }
    let mut response = boot_response(symbolon, headers, |boot, assets| {
        format!("(()=>{{const boot={boot};\n{}\n}})();", assets.script)
    })?;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, JAVASCRIPT);
    headers.insert(CONTENT_SECURITY_POLICY, worker_policy(symbolon.config()));
    // Without this header, a cross-origin isolated page could not start the worker.
    headers.insert(
        HeaderName::from_static("cross-origin-embedder-policy"),
        HeaderValue::from_static("require-corp"),
    );
    Ok(response)
}

/// Answers with a vault secret for any script of this origin, if [`Config::let_page_script_read_tokens`] is set.
pub(super) fn boot(symbolon: &Symbolon, headers: &HeaderMap) -> Result<Response<Vec<u8>>, Error> {
    let is_allowed = symbolon.config().lets_page_script_read_tokens;
    if !is_allowed || !header_is(headers, "sec-fetch-site", "same-origin") {
        return Err(Reason::WorkerOnly.into());
    }
    let mut response = boot_response(symbolon, headers, |boot, _| boot.to_string())?;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// Answers with the vault without a worker. Without the response of [`boot`], it gets no token.
pub(super) fn inline() -> Result<Response<Vec<u8>>, Error> {
    let mut response = Response::new(ASSETS.ok_or(Error::VaultMissing)?.inline.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, JAVASCRIPT);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

fn header_is(headers: &HeaderMap, name: &str, wanted: &str) -> bool {
    let mut values = headers.get_all(name).iter();
    values.next().is_some_and(|value| value == wanted) && values.next().is_none()
}

/// Returns a response with a new vault secret, for one vault in one browser.
fn boot_response(
    symbolon: &Symbolon,
    headers: &HeaderMap,
    written: impl Fn(&serde_json::Value, Assets) -> String,
) -> Result<Response<Vec<u8>>, Error> {
    let assets = ASSETS.ok_or(Error::VaultMissing)?;
    let (vault_cookie, is_new) = vault_proof::vault_cookie(headers)?;
    let (secret_id, secret) =
        vault_proof::issue_secret(&symbolon.ring().keys, &vault_cookie, symbolon.now())?;
    let boot = serde_json::json!({
        "version": 1,
        "origin": symbolon.config().origin.as_str(),
        "apiOrigins": symbolon.config().api_origins.iter().map(Origin::as_str).collect::<Vec<_>>(),
        "authPath": AUTH_PATH,
        "secretId": secret_id,
        "secret": *secret.expose(),
        "secretLifetime": VAULT_SECRET_LIFETIME.as_secs(),
        "now": symbolon.now(),
        "mayHaveSession": cookie::read(headers, REFRESH_COOKIE).is_ok(),
        "module": format!("{AUTH_PATH}/vault/{}", assets.module_name),
        "moduleIntegrity": assets.module_integrity,
    });
    let mut response = Response::new(written(&boot, assets).into_bytes());
    let headers = response.headers_mut();
    if is_new {
        headers.append(SET_COOKIE, cookie::set(VAULT_COOKIE, &vault_cookie.expose()));
    }
    // Page script could read a cached copy, though it cannot request a new one.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("Sec-Fetch-Dest, Sec-Fetch-Mode, Sec-Fetch-Site, Cookie"));
    Ok(response)
}

/// Returns the content security policy of the worker. Workers obey the policy of their script's response, so the browser
/// itself keeps the token from other origins.
fn worker_policy(config: &Config) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; script-src 'wasm-unsafe-eval'; connect-src {}; \
         require-trusted-types-for 'script'; trusted-types 'none'",
        config.vault_destinations()
    );
    HeaderValue::from_str(&policy).expect("origins are visible ASCII")
}

/// Answers with the vault's module.
pub(super) fn module(file: &str) -> Response<Vec<u8>> {
    let Some(assets) = ASSETS.filter(|assets| file == assets.module_name) else {
        return empty(StatusCode::NOT_FOUND);
    };
    let mut response = Response::new(assets.module.to_vec());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/wasm"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    response
}
