//! The genuine session: one person's session, made with fixed secrets, and the values that its requests carry.

use std::{sync::LazyLock, time::Duration};

use base64ct::{Base64UrlUnpadded, Encoding};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use p256::ecdsa::{self, SigningKey, signature::Signer};
use sha2::Sha256;
use symbolon_server::{
    SigningKeys,
    session::{Session, Worker},
    shared::{
        claims::Claims,
        fingerprint::{Fingerprint, FingerprintFormat},
        id::{SessionId, TokenId},
        proof::{Operation, ProofInput, VaultCookie, VaultSecret, WorkerPublicKey},
        refresh_token::RefreshToken,
        subject::Subject,
        time::UnixTime,
    },
};

/// The server's origin.
pub const ORIGIN: &str = "https://app.example";
/// The server's time, which stands still.
pub const NOW: UnixTime = UnixTime(1_700_000_000);

/// The session, and the values that the server accepts for it.
pub struct Genuine {
    /// The session record.
    pub session: Session,
    /// The token half.
    pub token: String,
    /// The claims of the token, as JSON.
    pub claims: String,
    /// The value of the fingerprint cookie.
    pub fingerprint: String,
    /// The value of the refresh cookie.
    pub refresh: String,
    /// The value of the vault cookie.
    pub vault: String,
    /// A proof that enrols another worker at a refresh.
    pub enrolment: String,
    /// A proof that enrols a worker at a sign-in.
    pub sign_in: String,
    /// A proof by the session's worker, for a refresh.
    pub signature: String,
}

/// Returns the genuine session, and the values that its next requests carry.
#[must_use]
pub fn genuine() -> &'static Genuine {
    static GENUINE: LazyLock<Genuine> = LazyLock::new(make);
    &GENUINE
}

/// Returns the key ring with the root key.
#[must_use]
pub(crate) fn signing_keys() -> SigningKeys {
    SigningKeys::parse(&text(&root())).expect("it can be taken for random")
}

/// Returns a token with this payload and the right MAC.
#[must_use]
pub fn compact(payload: &str) -> String {
    static HEADER: LazyLock<String> = LazyLock::new(|| {
        let keys = signing_keys();
        let id = keys.ids().next().expect("there is one");
        text(format!(r#"{{"alg":"HS256","kid":"{id}","typ":"session+jwt"}}"#).as_bytes())
    });
    let input = format!("{}.{}", *HEADER, text(payload.as_bytes()));
    let mac = text(&mac("symbolon session token", &input));
    format!("{input}.{mac}")
}

fn make() -> Genuine {
    let (session, vault) = (session(), VaultCookie::from_bytes([5; 32]));
    let claims = Claims {
        iss: ORIGIN,
        aud: ORIGIN,
        sub: "ann",
        sid: &session.id.to_text(),
        jti: &TokenId::from_bytes([6; 16]).to_text(),
        iat: NOW,
        nbf: NOW,
        exp: NOW.plus(Duration::from_mins(5)),
        auth_time: NOW,
        amr: r#""pwd","otp""#,
        acr: Some("two-factor"),
        version: 0,
        fingerprint: fingerprint().hash(),
        app: Some(r#"{"role":"editor"}"#),
    };
    let claims = claims.write(FingerprintFormat::Base64Url);
    Genuine {
        session,
        token: compact(&claims),
        claims,
        fingerprint: fingerprint().expose().to_owned(),
        refresh: refresh().expose().to_string(),
        vault: vault.expose().to_string(),
        enrolment: enrolment(Operation::Refresh, &vault),
        sign_in: enrolment(Operation::SignIn, &vault),
        signature: signature(),
    }
}

fn session() -> Session {
    Session {
        authenticated_at: NOW,
        last_seen_at: NOW,
        expires_at: NOW.plus(Duration::from_hours(8)),
        idle_timeout: Duration::from_mins(30),
        fingerprint: fingerprint().hash(),
        refresh: refresh().hash(),
        spent_refresh: None,
        workers: vec![Worker { key: point(&worker()), used_at: NOW }],
        ..Session::example(1, &Subject::new("ann").expect("a name is a subject"))
    }
}

fn fingerprint() -> Fingerprint {
    Fingerprint::from_random([2; 32])
}

fn refresh() -> RefreshToken {
    RefreshToken::new(SessionId::from_bytes([1; 16]), [3; 32])
}

fn worker() -> SigningKey {
    SigningKey::from_slice(&[4; 32]).expect("nearly every 32 bytes are a key")
}

fn point(key: &SigningKey) -> WorkerPublicKey {
    let point = key.verifying_key().to_sec1_point(false);
    WorkerPublicKey::from_bytes(point.as_bytes().try_into().expect("an uncompressed point has 65 bytes"))
}

fn enrolment(operation: Operation, vault: &VaultCookie) -> String {
    let mut id = [7; 24];
    id[..8].copy_from_slice(&NOW.0.to_be_bytes());
    let id = text(&id);
    let secret = mac("symbolon vault secret", &format!("{id}.{}", *vault.expose()));
    let newcomer = SigningKey::from_slice(&[8; 32]).expect("nearly every 32 bytes are a key");
    let input =
        ProofInput::enrolment(&id, NOW, &text(&[9; 16]), &text(point(&newcomer).as_bytes()), &sealing());
    let mac = VaultSecret::from_bytes(secret).mac(&input.message(operation));
    input.into_header(&mac)
}

fn sealing() -> String {
    let key = SigningKey::from_slice(&[11; 32]).expect("nearly every 32 bytes are a key");
    text(point(&key).as_bytes())
}

fn signature() -> String {
    let input =
        ProofInput::signature(&text(&point(&worker()).thumbprint()), NOW, &text(&[10; 16]), &sealing());
    let signature: ecdsa::Signature = worker().sign(input.message(Operation::Refresh).as_bytes());
    input.into_header(&text(&signature.to_bytes()))
}

/// Returns the HMAC-SHA-256 of a message, by the key that the server derives for this purpose (HKDF, RFC 5869).
fn mac(purpose: &str, message: &str) -> [u8; 32] {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(None, &root()).expand(purpose.as_bytes(), &mut key).expect("32 bytes");
    let mac = Hmac::<Sha256>::new_from_slice(&key).expect("any length").chain_update(message);
    mac.finalize().into_bytes().into()
}

/// Returns the root key: the bytes 0x80 to 0x9f. The server accepts them as random; they are no secret.
fn root() -> [u8; 32] {
    let mut bytes = 0x80..;
    [(); 32].map(|()| bytes.next().expect("0x9f is a byte"))
}

fn text(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}
