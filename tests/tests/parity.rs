//! What is written down twice, in two languages, is the same.

use std::{collections::BTreeSet, fs, path::Path};

use symbolon_client::error::VaultError;
use symbolon_server::shared::problem::Problem;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

#[test]
fn the_typescript_codes_are_those_of_the_vault_and_of_starting_it() {
    let source = read("wasm-client/js/error.ts");
    let codes: BTreeSet<&str> =
        source.lines().filter_map(|line| line.trim().strip_prefix("| '")?.split('\'').next()).collect();
    let of_the_vault: BTreeSet<&str> = VaultError::ALL.into_iter().map(VaultError::code).collect();
    let of_the_page = BTreeSet::from(["aborted", "start_timeout", "wasm_blocked", "worker_blocked"]);
    assert_eq!(codes, &of_the_vault | &of_the_page);
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

/// The page half is what injected script can read and patch: nothing in it knows how a token is sent.
#[test]
fn i_02_the_page_half_has_no_word_for_a_token() {
    for file in ["index.ts", "connection.ts", "fetch.ts", "protocol.ts", "error.ts"] {
        let source = read(&format!("wasm-client/js/{file}")).to_lowercase();
        for word in ["access_token", "refresh_token", "authorization", "bearer", "gettoken"] {
            let told = source.matches(word).count() - source.matches(&format!("no `{word}()`")).count();
            assert_eq!(told, 0, "{file} says {word}");
        }
    }
}

#[test]
fn k_08_every_secret_is_listed_with_how_it_is_replaced() {
    let listed = read("docs/operations.md");
    let table = listed.split("## Secrets").nth(1).unwrap().split("## ").next().unwrap();
    for secret in
        ["signing keys", "fingerprint, refresh handle", "access token", "vault secret", "vault cookie"]
    {
        let row = table.lines().find(|line| line.starts_with(&format!("| {secret} |")));
        assert_eq!(row.expect(secret).matches('|').count(), 5, "{secret}");
    }
    // Whoever derives another key must list it.
    let purposes = read("server/src/keys/key.rs").matches("expand(&derived, \"symbolon ").count();
    assert_eq!(purposes, 3);
    assert!(table.contains("the token key, the vault-secret key, the refresh key"));
}
