//! Facts that are written twice, in Rust and elsewhere, agree.

use std::{collections::BTreeSet, fs, path::Path};

use symbolon_client::error::VaultError;
use symbolon_server::shared::problem::Problem;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

#[test]
fn the_typescript_error_codes_are_those_of_the_vault_and_the_start() {
    let source = read("wasm-client/js/error.ts");
    let codes: BTreeSet<&str> =
        source.lines().filter_map(|line| line.trim().strip_prefix("| '")?.split('\'').next()).collect();
    let of_the_vault: BTreeSet<&str> = VaultError::ALL.into_iter().map(VaultError::code).collect();
    let of_the_page = BTreeSet::from([
        "aborted",
        "bad_claims",
        "insecure_context",
        "isolation_required",
        "start_timeout",
        "version_mismatch",
        "wasm_blocked",
        "worker_blocked",
    ]);
    assert_eq!(codes, &of_the_vault | &of_the_page);
}

#[test]
fn the_client_docs_list_every_member_code_and_entry_point() {
    let page = read("docs/client.md");
    let source = read("wasm-client/js/auth-client.ts");
    let client = source.split("export interface AuthClient<").nth(1).unwrap();
    let members: Vec<_> =
        client.lines().filter_map(|line| line.strip_prefix("  readonly ")?.split(':').next()).collect();
    assert!(members.len() > 10, "{members:?}");
    for member in members {
        let starts = ["`", "("].map(|end| format!("| `{member}{end}"));
        let rows = page.lines().filter(|line| starts.iter().any(|start| line.starts_with(start)));
        assert_eq!(rows.count(), 1, "{member}");
    }
    for code in read("wasm-client/js/error.ts").lines().filter_map(|line| line.trim().strip_prefix("| '")) {
        assert!(page.contains(&format!("\n### {}\n", code.trim_end_matches([';', '\'']))), "{code}");
    }
    for name in ["react", "vue", "axios", "testing", "doctor"] {
        assert!(page.contains(&format!("from 'symbolon/{name}'")), "{name}");
        assert!(read("wasm-client/tsconfig.json").contains(&format!("js/{name}.ts")), "{name}");
    }
}

/// The claims that the page half reads have the names that the server writes.
#[test]
fn the_page_reads_claims_by_the_names_that_the_server_writes() {
    let (reads, writes) = (read("wasm-client/js/session-state.ts"), read("shared/src/claims.rs"));
    for name in ["sub", "sid", "iat", "auth_time", "app"] {
        assert!(reads.contains(&format!("'{name}'")) || reads.contains(&format!("{name}?:")), "{name}");
        assert!(writes.contains(&format!(r#""{name}":"#)), "{name}");
    }
}

/// The READMEs of the repository and of the server crate show the text of the compiled example.
#[test]
fn the_readme_shows_the_minimal_example() {
    let example = read("server/examples/minimal.rs");
    for (file, least) in [("README.md", 12), ("server/README.md", 8)] {
        let readme = read(file);
        let shown = readme.split("```rust\n").nth(1).unwrap().split("```").next().unwrap();
        assert!(shown.lines().count() > least, "{file}");
        for line in shown.lines() {
            assert!(example.lines().any(|other| other.trim() == line.trim()), "{file}: {line}");
        }
    }
}

/// A crate is published from its own folder, so each has its own copy of the licences.
#[test]
fn every_published_crate_holds_the_licences_of_the_repository() {
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        for folder in ["shared", "server", "wasm-client"] {
            assert_eq!(read(&format!("{folder}/{licence}")), read(licence), "{folder}/{licence}");
        }
    }
}

#[test]
fn the_protocol_lists_every_problem_with_its_status() {
    let protocol = read("docs/protocol.md");
    for problem in Problem::ALL {
        let row = format!("| `{}` | {} |", problem.code(), problem.status());
        assert!(protocol.contains(&row), "{row}");
    }
    let status =
        |line: &str| line.split('|').nth(2)?.trim().parse::<u16>().ok().filter(|status| *status >= 400);
    assert_eq!(protocol.lines().filter_map(status).count(), Problem::ALL.len(), "and no others");
}

/// Injected script can read and patch the page half, so nothing in it knows how a token is sent.
///
/// Covers: I-02
#[test]
fn the_page_half_has_no_name_for_a_token() {
    let files: Vec<_> = ["wasm-client/js", "wasm-client/js/fetch"]
        .iter()
        .flat_map(|folder| {
            fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder)).unwrap()
        })
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "ts"))
        .collect();
    assert!(files.len() > 8);
    for file in files {
        let source = fs::read_to_string(&file).unwrap().to_lowercase();
        let file = file.display();
        for word in ["access_token", "refresh_token", "authorization", "bearer", "gettoken"] {
            let told = source.matches(word).count() - source.matches(&format!("no `{word}()`")).count();
            assert_eq!(told, 0, "{file} says {word}");
        }
    }
}

/// Text that a user typed never becomes markup in the demo.
///
/// Covers: I-17
#[test]
fn the_demo_never_inserts_markup_from_users() {
    let files = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../www/web"))
        .unwrap()
        .map(|file| file.unwrap().path());
    let written = files.filter(|file| file.extension().is_some_and(|kind| kind == "ts" || kind == "html"));
    let source: String = written.map(|file| fs::read_to_string(file).unwrap()).collect();
    assert!(source.contains("textContent") && source.contains("<title>"));
    for way in
        ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "srcdoc", "setHTML"]
    {
        assert!(!source.contains(way), "{way}");
    }
    assert!(!source.contains("<script>"), "no script stands in the page");
}

/// Covers: K-08
#[test]
fn every_secret_is_listed_with_how_it_is_replaced() {
    let listed = read("docs/operations.md");
    let table = listed.split("## Secrets").nth(1).unwrap().split("## ").next().unwrap();
    for secret in
        ["signing keys", "fingerprint, refresh token", "access token", "vault secret", "vault cookie"]
    {
        let row = table.lines().find(|line| line.starts_with(&format!("| {secret} |")));
        assert_eq!(row.expect(secret).matches('|').count(), 5, "{secret}");
    }
    // A new derived key must be listed in the docs.
    let purposes = read("server/src/keys/key.rs").matches("expand(&derived, \"symbolon ").count();
    assert_eq!(purposes, 5);
    assert!(table.contains(
        "the keys for tokens, for rendered tokens, for vault secrets, for refresh tokens, for the log"
    ));
}

/// Secrets derive no comparison, which would leak timing, no `Debug`, and no serialisation.
///
/// Covers: J-046, J-053
#[test]
fn no_secret_is_compared_shown_or_serialised_by_derive() {
    for (file, secrets) in [
        // `$name` is the struct that `secret_type!` makes.
        ("shared/src/secret.rs", &["Secret", "$name"][..]),
        ("shared/src/access_token.rs", &["AccessToken"]),
        ("shared/src/fingerprint.rs", &["Fingerprint"]),
        ("shared/src/refresh_token.rs", &["RefreshToken"]),
        ("server/src/keys/key.rs", &["SigningKey"]),
    ] {
        let source = read(file);
        for secret in secrets {
            let declared = ["(", " {"].iter().find_map(|end| source.find(&format!("struct {secret}{end}")));
            let before = &source[..declared.unwrap_or_else(|| panic!("{file}: no {secret}"))];
            let attributes = before.rsplit("\n\n").next().unwrap();
            for derived in ["PartialEq", "Debug", "Serialize", "Hash"] {
                let derives = attributes
                    .lines()
                    .any(|line| line.trim().starts_with("#[derive") && line.contains(derived));
                assert!(!derives, "{secret} derives {derived}");
            }
        }
    }
    // `secret_type!` makes these two, and the file adds no trait.
    let made = read("shared/src/proof/vault_secret.rs");
    assert_eq!(made.matches("secret_type! {").count(), 2);
    for secret in ["VaultSecret", "VaultCookie"] {
        assert!(made.contains(&format!("\n    {secret}\n}}")), "no {secret}");
    }
    for added in ["derive", "PartialEq", "Debug", "Serialize", " for "] {
        assert!(made.lines().all(|line| line.trim().starts_with("//") || !line.contains(added)), "{added}");
    }
    // Comparisons of secrets go through one of these constant-time calls.
    for (file, compares) in [
        ("shared/src/secret.rs", "constant_time_eq_32(&self.0, &other.0)"),
        ("shared/src/proof/enrolment.rs", ".verify_slice(&self.mac)"),
        ("server/src/token.rs", "constant_time_eq_32(&expected, &mac)"),
        ("server/src/verify/recent.rs", "constant_time_eq(&self.0, other.as_bytes())"),
    ] {
        assert_eq!(read(file).matches(compares).count(), 1, "{file}");
    }
}

/// The algorithm is a property of the key, so no other file of the server mentions one.
///
/// Covers: J-054
#[test]
fn nothing_reads_an_algorithm_from_a_token() {
    let mut sources = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/src")];
    let mut knows = BTreeSet::new();
    while let Some(path) = sources.pop() {
        if path.is_dir() {
            sources.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        let code = source.split("#[cfg(test)]").next().unwrap().lines();
        let mut code = code.filter(|line| !line.trim_start().starts_with("//"));
        if code.any(|line| line.contains("HS256") || line.contains("\"alg\"") || line.contains("algorithm")) {
            knows.insert(path.file_name().unwrap().to_str().unwrap().to_owned());
        }
    }
    knows.remove("tests.rs");
    assert_eq!(knows, BTreeSet::from(["key.rs".to_owned()]), "it writes the header of its tokens");
}
