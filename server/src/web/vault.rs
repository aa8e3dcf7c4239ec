//! The vault, served: a script that only a worker load receives, with a secret of its own inside, and the module; and
//! for those who ask for it by name, a weaker one.

use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, SET_COOKIE, VARY},
};
use symbolon_shared::wire::{AUTH_PATH, REFRESH_COOKIE, VAULT_COOKIE};

use super::respond::empty;
use crate::{
    config::{Config, Origin, VAULT_SECRET_LIFETIME},
    cookie,
    error::{Error, Reason},
    symbolon::Symbolon,
    vault_proof,
};

const JAVASCRIPT: HeaderValue = HeaderValue::from_static("text/javascript; charset=utf-8");

#[derive(Clone, Copy)]
struct Assets {
    script: &'static str,
    /// The vault without a worker.
    inline: &'static str,
    module: &'static [u8],
    /// The module's file name: the hash of its content, and `.wasm`.
    module_name: &'static str,
    /// The module's hash as the browser is asked to check it (Subresource Integrity).
    module_integrity: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The bootstrap. Page script can send any request but this one: the three headers are the browser's own, and the
/// only load that bears this triple gives its answer to a new realm that the page cannot read.
pub(super) fn script(symbolon: &Symbolon, headers: &HeaderMap) -> Result<Response<Vec<u8>>, Error> {
    let is_worker = says(headers, "sec-fetch-dest", "worker")
        && says(headers, "sec-fetch-mode", "same-origin")
        && says(headers, "sec-fetch-site", "same-origin");
    if !is_worker {
        return Err(Reason::WorkerOnly.into());
    }
    let mut response = boot(symbolon, headers, |boot, assets| {
        format!("(()=>{{const boot={boot};\n{}\n}})();", assets.script)
    })?;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, JAVASCRIPT);
    headers.insert(CONTENT_SECURITY_POLICY, worker_policy(symbolon.config()));
    // Without it a cross-origin isolated page could not start the worker.
    headers.insert(
        HeaderName::from_static("cross-origin-embedder-policy"),
        HeaderValue::from_static("require-corp"),
    );
    Ok(response)
}

/// What is in the bootstrap, for any script of this origin, if the application wants that.
pub(super) fn readable_boot(symbolon: &Symbolon, headers: &HeaderMap) -> Result<Response<Vec<u8>>, Error> {
    let is_allowed = symbolon.config().lets_page_script_read_tokens;
    if !is_allowed || !says(headers, "sec-fetch-site", "same-origin") {
        return Err(Reason::WorkerOnly.into());
    }
    let mut response = boot(symbolon, headers, |boot, _| boot.to_string())?;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// The vault without a worker. Without what [`readable_boot`] gives it opens nothing.
pub(super) fn inline() -> Result<Response<Vec<u8>>, Error> {
    let mut response = Response::new(ASSETS.ok_or(Error::VaultMissing)?.inline.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, JAVASCRIPT);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

fn says(headers: &HeaderMap, name: &str, wanted: &str) -> bool {
    let mut values = headers.get_all(name).iter();
    values.next().is_some_and(|value| value == wanted) && values.next().is_none()
}

/// An answer with a fresh secret in it, for one vault in one browser.
fn boot(
    symbolon: &Symbolon,
    headers: &HeaderMap,
    written: impl Fn(&serde_json::Value, Assets) -> String,
) -> Result<Response<Vec<u8>>, Error> {
    let assets = ASSETS.ok_or(Error::VaultMissing)?;
    let (browser, is_new) = vault_proof::browser(headers)?;
    let (secret_id, secret) = vault_proof::issue(&symbolon.ring().keys, &browser, symbolon.now())?;
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
        headers.append(SET_COOKIE, cookie::set(VAULT_COOKIE, &browser.expose()));
    }
    // A kept copy could be read by page script, which cannot ask for a new one.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("Sec-Fetch-Dest, Sec-Fetch-Mode, Sec-Fetch-Site, Cookie"));
    Ok(response)
}

/// A worker obeys the policy of its own script's response. So the browser itself keeps the token at home.
fn worker_policy(config: &Config) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; script-src 'wasm-unsafe-eval'; connect-src {}; \
         require-trusted-types-for 'script'; trusted-types 'none'",
        config.vault_destinations()
    );
    HeaderValue::from_str(&policy).expect("origins are visible ASCII")
}

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
