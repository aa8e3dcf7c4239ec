//! `docs/api-rust.md`: every public item of the crates, so that a change of the surface shows in review.

use std::{collections::BTreeSet, fmt::Write, fs};

use anyhow::{Context, Result, ensure};
use public_api::Builder;

use crate::shell::{cargo, output_of, program, root, run_quietly, say};

const API: &str = "docs/api-rust.md";
/// The toolchain whose JSON the library `public-api` reads.
const TOOLCHAIN: &str = "1.95";
/// Each listing: a crate, and the features that it is listed with.
const LISTINGS: [(&str, &str, &[&str]); 4] = [
    ("symbolon-server", "all features", &["--all-features"]),
    ("symbolon-server", "no features", &["--no-default-features"]),
    ("symbolon-shared", "all features", &["--all-features"]),
    ("symbolon-client", "all features", &["--all-features"]),
];
/// Auto traits of which only the lack is told.
const AUTO_TRAITS: [&str; 7] =
    ["Freeze", "RefUnwindSafe", "Send", "Sync", "Unpin", "UnsafeUnpin", "UnwindSafe"];

/// Writes the page, or with `only_check` fails unless it is up to date.
pub(crate) fn write(only_check: bool) -> Result<()> {
    let version = output_of(&mut program("rustc", &["--version"])).context("`rustc --version` failed")?;
    if !version.starts_with(&format!("rustc {TOOLCHAIN}.")) {
        ensure!(only_check, "{API} is made with Rust {TOOLCHAIN}, and this is {version}. Use that toolchain");
        say(&format!("{API} is not checked: it is made with Rust {TOOLCHAIN}, and this is {version}"));
        return Ok(());
    }
    say("listing the public items of the crates");
    let (path, page) = (root().join(API), render()?);
    if only_check {
        let old = fs::read_to_string(path).unwrap_or_default();
        ensure!(
            old == page,
            "the crates have other public items than {API} lists. Run `cargo xtask api`, and look at what has changed: {}",
            first_difference(&old, &page)
        );
        return Ok(());
    }
    fs::write(path, page)?;
    say(&format!("wrote {API}"));
    Ok(())
}

fn first_difference(old: &str, new: &str) -> String {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (old, new) = (lines(old), lines(new));
    let gone = old.difference(&new).next().map(|line| format!("`{line}` is gone"));
    let added = new.difference(&old).next().map(|line| format!("`{line}` is new"));
    gone.or(added).unwrap_or_else(|| "their order".to_owned())
}

fn render() -> Result<String> {
    let mut page = format!(
        "# The public items of the crates\n\nMade by `cargo xtask api` from rustdoc's JSON of Rust {TOOLCHAIN}, read by the \
        library [`public-api`](https://docs.rs/public-api). Each line is a public item with its signature, or a trait \
        implementation. Implementations for every type are left out. A type is `Send`, `Sync` and `Unpin` unless a line \
        with `!` says otherwise. What the items mean stands in their documentation.\n"
    );
    for (name, features, options) in LISTINGS {
        write!(page, "\n## {name}, {features}\n\n```text\n")?;
        for line in list(name, options)? {
            writeln!(page, "{line}")?;
        }
        page += "```\n";
    }
    Ok(page)
}

/// Returns the public items of a crate, sorted.
fn list(name: &str, options: &[&str]) -> Result<Vec<String>> {
    let mut rustdoc = cargo(&["rustdoc", "--quiet", "--lib", "--package", name]);
    rustdoc.args(options).env("RUSTDOC", root().join("xtask/src/rustdoc.sh"));
    rustdoc.args(["--", "-Zunstable-options", "--output-format=json", "--cap-lints=allow"]);
    run_quietly("rustdoc", &mut rustdoc)?;
    let json = root().join(format!("target/doc/{}.json", name.replace('-', "_")));
    let api = Builder::from_rustdoc_json(json).omit_blanket_impls(true).build();
    let api = api.with_context(|| format!("reading what rustdoc says of {name}"))?;
    let mut lines: Vec<_> = api.items().map(ToString::to_string).filter(|line| is_told(line)).collect();
    lines.sort();
    lines.dedup();
    Ok(lines)
}

/// Whether a line is listed: not if it says that a type has an auto trait.
fn is_told(line: &str) -> bool {
    let Some(implementation) = line.strip_prefix("impl") else { return true };
    let Some((trait_path, _)) = implementation.rsplit_once(" for ") else { return true };
    let name = trait_path.rsplit([':', ' ']).next().unwrap_or_default();
    trait_path.contains('!') || !AUTO_TRAITS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_traits_are_told_only_where_they_are_missing() {
        assert!(!is_told("impl core::marker::Send for symbolon_server::Config"));
        assert!(!is_told("impl<T> core::marker::Sync for symbolon_server::X<T> where T: core::marker::Sync"));
        assert!(!is_told("impl core::panic::unwind_safe::UnwindSafe for symbolon_server::Config"));
        for line in [
            "impl !core::marker::Sync for symbolon_server::Config",
            "impl core::clone::Clone for symbolon_server::Config",
            "impl symbolon_server::Config",
            "pub fn symbolon_server::Config::new(origin: &str) -> Self",
        ] {
            assert!(is_told(line), "{line}");
        }
    }

    #[test]
    fn a_difference_names_an_item() {
        assert_eq!(first_difference("a\nb\n", "b\nc\n"), "`a` is gone");
        assert_eq!(first_difference("a\n", "a\nc\n"), "`c` is new");
    }
}
