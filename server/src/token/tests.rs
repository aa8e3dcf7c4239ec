//! Hostile tokens. Most have a valid MAC, as if the attacker had the signing key, and are refused for another reason.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit};
use sha2::Sha256;
use symbolon_shared::{encoding::encode, fingerprint::Fingerprint};

use super::{issue::sign, *};
use crate::{error::Error, keys::SigningKey};

const FORMAT: FingerprintFormat = FingerprintFormat::Base64Url;
const NOW: UnixTime = UnixTime(1_700_000_000);

/// An attacker who has the signing key and can sign anything with it.
struct Forger {
    keys: SigningKeys,
    token_key: [u8; 32],
    header: String,
}

impl Forger {
    fn new() -> Self {
        let root: [u8; 32] = crate::random::bytes().unwrap();
        let mut token_key = [0; 32];
        Hkdf::<Sha256>::new(None, &root).expand(b"symbolon session token", &mut token_key).unwrap();
        let key = SigningKey::new(&root).unwrap();
        let header = format!(r#"{{"alg":"HS256","kid":"{}","typ":"session+jwt"}}"#, key.id());
        Self { keys: SigningKeys::new([key]).unwrap(), token_key, header }
    }

    fn good(&self) -> String {
        self.forge(&self.header, payload().as_bytes())
    }

    fn forge(&self, header: &str, payload: impl AsRef<[u8]>) -> String {
        self.forge_text(&encode(header.as_bytes()), &encode(payload.as_ref()))
    }

    fn forge_text(&self, header: &str, payload: &str) -> String {
        let input = format!("{header}.{payload}");
        let mac = Hmac::<Sha256>::new_from_slice(&self.token_key).unwrap().chain_update(&input).finalize();
        format!("{input}.{}", encode(&mac.into_bytes()))
    }

    fn verdict(&self, token: &str) -> Result<(), Reason> {
        open(token, &self.keys, NOW, &mut [0; MAX_LEN]).map(drop)
    }
}

fn open<'b>(
    token: &str,
    keys: &SigningKeys,
    now: UnixTime,
    buffer: &'b mut Buffer,
) -> Result<Claims<'b>, Reason> {
    MacVerified::check(token, TokenKind::Vault, keys, now)?.claims(FORMAT, buffer)
}

fn claims() -> Claims<'static> {
    Claims {
        iss: "https://app.example",
        aud: "https://app.example",
        sub: "7",
        sid: "AQEBAQEBAQEBAQEBAQEBAQ",
        jti: "AgICAgICAgICAgICAgICAg",
        iat: NOW,
        nbf: NOW,
        exp: UnixTime(NOW.0 + 300),
        auth_time: NOW,
        amr: r#""pwd""#,
        acr: None,
        version: 0,
        fingerprint: Fingerprint::from_random([3; 32]).hash(),
        app: Some(r#"{"role":"reader"}"#),
    }
}

fn payload() -> String {
    claims().write(FORMAT)
}

#[test]
fn a_token_opens_with_its_own_key_only() {
    let (forger, other) = (Forger::new(), Forger::new());
    let token = sign(&claims(), FORMAT, forger.keys.signer(NOW).unwrap().token(TokenKind::Vault)).unwrap();
    assert_eq!(token.expose(), forger.good(), "the forger signs as the server does");
    let mut buffer = [0; MAX_LEN];
    assert_eq!(open(token.expose(), &forger.keys, NOW, &mut buffer), Ok(claims()));
    assert_eq!(other.verdict(token.expose()), Err(Reason::KeyUnknown));
    let ours_by_another = other.forge(&forger.header, payload());
    assert_eq!(forger.verdict(&ours_by_another), Err(Reason::SignatureInvalid));
}

/// Covers: T-01, J-009
#[test]
fn a_change_anywhere_in_a_token_refuses_it() {
    let forger = Forger::new();
    let token = forger.good();
    for position in 0..token.len() {
        for replacement in [b'A', b'B', b'.', b'=', b'\n', b'~'] {
            let mut bytes = token.clone().into_bytes();
            if bytes[position] != replacement {
                bytes[position] = replacement;
                let changed = String::from_utf8(bytes).unwrap();
                assert!(
                    forger.verdict(&changed).is_err(),
                    "byte {position} as {:?}",
                    char::from(replacement)
                );
            }
        }
    }
}

/// Covers: T-02, T-03, J-002, J-004, J-005, J-006
#[test]
fn another_algorithm_is_refused_even_with_a_genuine_mac() {
    let forger = Forger::new();
    assert_eq!(forger.verdict(&forger.forge(&forger.header, payload())), Ok(()), "the control");
    for alg in [
        r#""none""#,
        r#""None""#,
        r#""NONE""#,
        r#""nOnE""#,
        r#""""#,
        r#""hs256""#,
        r#""HS256 ""#,
        r#""HS384""#,
        r#""RS256""#,
        r#""ES256""#,
        r#""EdDSA""#,
        "null",
        "256",
        r#"["HS256"]"#,
        r#"{"HS256":1}"#,
        "true",
    ] {
        let header = forger.header.replace(r#""HS256""#, alg);
        assert_eq!(forger.verdict(&forger.forge(&header, payload())), Err(Reason::KeyUnknown), "{alg}");
    }
}

/// Covers: T-04, T-05, T-06, T-09, T-11, J-025, J-027, J-029, J-031
#[test]
fn a_header_that_says_anything_else_is_refused() {
    let forger = Forger::new();
    let header = &forger.header;
    let with = |member: &str| header.replacen('{', &format!("{{{member},"), 1);
    let kid = forger.keys.signer(NOW).unwrap().id().as_str();
    let mut headers = vec![
        header.replace(r#""alg":"HS256","#, ""),
        header.replace(':', ": "),
        header.replacen("session+jwt", "JWT", 1),
        header.replacen("session+jwt", "application/session+jwt", 1),
        header.replacen("session+jwt", "dl+jwt", 1),
        with(r#""alg":"none""#),
        format!("{}{}", &header[..header.len() - 1], r#","alg":"none"}"#),
        with(r#""jwk":{"kty":"oct","k":"AAAA"}"#),
        with(r#""jku":"http://127.0.0.1:9/""#),
        with(r#""x5u":"http://127.0.0.1:9/""#),
        with(r#""x5c":["AA=="]"#),
        with(r#""b64":false"#),
        with(r#""zip":"DEF""#),
    ];
    headers.extend(
        ["[\"x\"]", "[]", "null", "\"exp\"", "[\"alg\"]", "[\"b64\"]"]
            .map(|crit| with(&format!("\"crit\":{crit}"))),
    );
    headers.extend(
        [
            "",
            "../../../../dev/null",
            "/dev/null",
            "x' UNION SELECT 'a'--",
            "|sleep 10",
            "key\\u0000",
            "__proto__",
        ]
        .map(|evil| header.replacen(kid, evil, 1)),
    );
    headers.push(header.replacen(kid, &"k".repeat(60_000), 1));
    for header in headers {
        let verdict = forger.verdict(&forger.forge(&header, payload()));
        assert!(matches!(verdict, Err(Reason::KeyUnknown | Reason::TokenMalformed)), "{header:.200}");
    }
}

/// Covers: T-07, T-08, T-21, J-008, J-015, J-017
#[test]
fn only_three_segments_of_strict_base64url_are_a_token() {
    let forger = Forger::new();
    let token = forger.good();
    let [header, payload, mac] = token.split('.').collect::<Vec<_>>()[..] else { panic!() };
    for wrong in [
        String::new(),
        ".".into(),
        "..".into(),
        "...".into(),
        "a.b.c.d.e".into(),
        header.into(),
        format!("{header}.{payload}"),
        format!("{header}.{payload}."),
        format!("{token}="),
        format!("{token}\n"),
        format!(" {token}"),
        format!("{token}.{mac}"),
        format!("{token}."),
        format!("{header}..{mac}"),
        format!(".{payload}.{mac}"),
        format!("{header}.{payload}.{}", &mac[..42]),
        format!("{header}.{payload}.{}", &mac[..22]),
        format!("{header}.{payload}.{mac}{mac}"),
        format!("{header}.{payload}.{}", "A".repeat(43)),
        format!(r#"{{"protected":"{header}","payload":"{payload}","signature":"{mac}"}}"#),
        token.replace('.', "+"),
        forger.forge_text(header, &format!("{payload}=")),
        forger.forge_text(header, &format!("{payload}\n")),
        forger.forge_text(&format!("{header}="), payload),
    ] {
        assert!(forger.verdict(&wrong).is_err(), "{wrong:.80}");
    }
}

/// Covers: T-08, J-017
#[test]
fn the_last_characters_unused_bits_have_one_spelling() {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let forger = Forger::new();
    let token = forger.good();
    let (kept, last) = token.split_at(token.len() - 1);
    let accepted: String =
        ALPHABET.chars().filter(|end| forger.verdict(&format!("{kept}{end}")).is_ok()).collect();
    assert_eq!(accepted, last);

    // The last character of the claims is signed, so only a forger can spell it another way.
    let [header, payload, _] = token.split('.').collect::<Vec<_>>()[..] else { panic!() };
    let (kept, last) = payload.split_at(payload.len() - 1);
    let accepted: String = ALPHABET
        .chars()
        .filter(|end| forger.verdict(&forger.forge_text(header, &format!("{kept}{end}"))).is_ok())
        .collect();
    assert_eq!(accepted, last);
}

/// Covers: T-10, J-019, J-020, J-022, J-041
#[test]
fn claims_of_another_type_or_spelling_are_refused() {
    let forger = Forger::new();
    let end = format!(r#""exp":{}"#, NOW.0 + 300);
    assert!(payload().contains(&end));
    for literal in [
        "null",
        "\"2\"",
        "2.5",
        "true",
        "[2]",
        "{}",
        "-1",
        "",
        "1e400",
        "1e18",
        "18446744073709551616",
        "NaN",
        "Infinity",
        "0xFFFF",
        "04102444800",
        "+4102444800",
    ] {
        let payload = payload().replace(&end, &format!("\"exp\":{literal}"));
        assert_eq!(
            forger.verdict(&forger.forge(&forger.header, payload)),
            Err(Reason::TokenMalformed),
            "{literal}"
        );
    }
    for (from, to) in
        [(r#""sub""#, r#""SUB""#), (r#""nbf":1700000000"#, r#""nbf":"99999999999""#), (&*end, "")]
    {
        let payload = payload().replace(from, to);
        assert_eq!(
            forger.verdict(&forger.forge(&forger.header, payload)),
            Err(Reason::TokenMalformed),
            "{to}"
        );
    }
}

/// Covers: T-09, J-025, J-037, J-040
#[test]
fn hostile_payloads_are_refused_without_a_panic() {
    let forger = Forger::new();
    let good = payload();
    let before_end = &good[..good.len() - 1];
    let before_app = good.split_once(r#","app""#).unwrap().0;
    let mut payloads: Vec<Vec<u8>> = [
        "",
        "null",
        "[]",
        "hello",
        "{}",
        &format!("\u{feff}{good}"),
        &format!("{good}{{}}"),
        &format!("{good} "),
        &format!(r#"{{"exp":1,{}"#, &good[1..]),
        &format!(r#"{before_end},"exp":1}}"#),
        &format!(r#"{before_end},"sub":"admin"}}"#),
        &format!(r#"{before_app},"app":{{"a":1}},"app":2}}"#),
        &format!(r#"{before_app},"app":}}"#),
        &format!(r#"{before_end},"d":{}1{}}}"#, "[".repeat(200), "]".repeat(200)),
        &format!(r#"{before_app},"app":{}}}"#, "[".repeat(300)),
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    payloads.push([before_app.as_bytes(), b",\"app\":\"\xff\xfe\"}"].concat());
    for payload in payloads {
        let verdict = forger.verdict(&forger.forge(&forger.header, &payload));
        assert_eq!(verdict, Err(Reason::TokenMalformed), "{:.200}", String::from_utf8_lossy(&payload));
    }
}

/// Covers: T-22, J-039
#[test]
fn a_long_token_is_refused_before_any_work_and_not_issued() {
    let forger = Forger::new();
    let long = format!("\"{}\"", "x".repeat(MAX_LEN));
    let claims = Claims { app: Some(&long), ..claims() };
    assert!(matches!(
        sign(&claims, FORMAT, forger.keys.signer(NOW).unwrap().token(TokenKind::Vault)),
        Err(Error::Claims)
    ));
    let too_long = forger.forge(&forger.header, claims.write(FORMAT));
    for wrong in [too_long, ".".repeat(100_000), "A".repeat(1_000_000)] {
        assert_eq!(forger.verdict(&wrong), Err(Reason::TokenMalformed));
    }
}

/// Covers: J-010, J-013
#[test]
fn other_macs_over_the_right_bytes_are_refused() {
    use sha2::{Digest, Sha512};
    let forger = Forger::new();
    let token = forger.good();
    let input = token.rsplit_once('.').unwrap().0;
    let mac_by = |key: &[u8]| {
        Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(input).finalize().into_bytes().to_vec()
    };
    let hex = forger.token_key.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    for mac in [
        Sha256::digest(input).to_vec(),
        Sha256::new().chain_update(forger.token_key).chain_update(input).finalize().to_vec(),
        Hmac::<Sha512>::new_from_slice(&forger.token_key)
            .unwrap()
            .chain_update(input)
            .finalize()
            .into_bytes()[..32]
            .to_vec(),
        mac_by(b""),
        mac_by(&[0; 32]),
        mac_by(b"secret"),
        mac_by(hex.as_bytes()),
        mac_by(encode(&forger.token_key).as_bytes()),
        mac_by(&[&forger.token_key[..], b"\n"].concat()),
    ] {
        assert_eq!(forger.verdict(&format!("{input}.{}", encode(&mac))), Err(Reason::SignatureInvalid));
    }
}

/// HMAC pads a key with zeros to the block size (RFC 2104), so a padded key is not a finding.
///
/// Covers: J-014
#[test]
fn a_key_padded_with_zeros_is_the_same_key() {
    let forger = Forger::new();
    let token = forger.good();
    let input = token.rsplit_once('.').unwrap().0;
    let padded = [&forger.token_key[..], &[0; 32]].concat();
    let mac = Hmac::<Sha256>::new_from_slice(&padded).unwrap().chain_update(input).finalize().into_bytes();
    assert_eq!(forger.verdict(&format!("{input}.{}", encode(&mac))), Ok(()));
}

/// Covers: K-02, J-033
#[test]
fn a_retired_or_revoked_key_verifies_nothing_and_no_other_is_tried() {
    let (old, new) = (crate::random::bytes::<32>().unwrap(), crate::random::bytes::<32>().unwrap());
    let follower = || SigningKey::new(&new).unwrap().active_from(NOW);
    let ring =
        SigningKeys::new([SigningKey::new(&old).unwrap().retired_at(UnixTime(NOW.0 + 900)), follower()])
            .unwrap();
    let token = sign(&claims(), FORMAT, SigningKey::new(&old).unwrap().token(TokenKind::Vault)).unwrap();
    let verdict =
        |ring: &SigningKeys, now| open(token.expose(), ring, UnixTime(now), &mut [0; MAX_LEN]).map(drop);
    assert_eq!(verdict(&ring, NOW.0 + 899), Ok(()));
    assert_eq!(verdict(&ring, NOW.0 + 900), Err(Reason::KeyUnknown));
    let revoked = ring.without(SigningKey::new(&old).unwrap().id()).unwrap();
    assert_eq!(verdict(&revoked, NOW.0), Err(Reason::KeyUnknown));
}

/// Nesting in a payload does not make the verifier recurse.
///
/// Covers: D-010
#[test]
fn a_small_stack_is_enough_for_the_deepest_payload() {
    let small = std::thread::Builder::new().stack_size(256 * 1024).spawn(|| {
        let forger = Forger::new();
        let deep = |depth: usize| format!(r#"{{"role":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        for depth in [10, 200, 500] {
            let payload = Claims { app: Some(&deep(depth)), ..claims() }.write(FORMAT);
            assert_eq!(forger.verdict(&forger.forge(&forger.header, payload)), Ok(()), "{depth}");
        }
    });
    small.unwrap().join().unwrap();
}
