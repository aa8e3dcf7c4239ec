//! `docs/conformance.md`: every requirement, with the tests that cover it.

use std::{collections::BTreeMap, fmt::Write, fs};

use anyhow::{Context, Result, bail};

use crate::{
    mentions,
    shell::{root, say},
    test_sources::{self, Kind, Test, kind},
};

const REQUIREMENTS: &str = "docs/requirements.tsv";
const CONFORMANCE: &str = "docs/conformance.md";

const GROUPS: [(&str, &str); 11] = [
    ("T", "Tokens and cryptography"),
    ("C", "Cookies"),
    ("S", "Sessions"),
    ("A", "Authorisation that is fresh"),
    ("X", "Origin of requests"),
    ("I", "Isolation in the browser"),
    ("H", "Transport, headers, caches"),
    ("K", "Keys"),
    ("D", "Tickets"),
    ("L", "Logs and events"),
    ("P", "Privacy"),
];

/// The tests of each id.
type Covered<'a> = BTreeMap<&'a str, Vec<&'a Test>>;

/// Fails unless the page is up to date, and the documentation mentions tests and ids that exist.
pub(crate) fn check() -> Result<()> {
    write(true)?;
    mentions::check()
}

/// Writes the page, or with `only_check` fails unless it is up to date.
pub(crate) fn write(only_check: bool) -> Result<()> {
    let page = render(&read(REQUIREMENTS)?, &test_sources::read_all()?)?;
    if !only_check {
        fs::write(root().join(CONFORMANCE), page)?;
        say(&format!("wrote {CONFORMANCE}"));
    } else if read(CONFORMANCE)? != page {
        bail!(
            "{CONFORMANCE} differs from what the tests cover. Run `cargo xtask conformance`, and commit the page"
        );
    }
    Ok(())
}

fn read(file: &str) -> Result<String> {
    fs::read_to_string(root().join(file)).with_context(|| format!("reading {file}"))
}

fn render(requirements: &str, tests: &[Test]) -> Result<String> {
    let mut covered = Covered::new();
    for test in tests {
        for id in &test.covers {
            covered.entry(id).or_default().push(test);
        }
    }
    let mut known = Vec::new();
    let (mut met, mut explained, mut open) = (0, 0, 0);
    let mut tables = String::new();
    for (letter, title) in GROUPS {
        write!(tables, "\n## {letter}: {title}\n\n| id | what is required | tests |\n|---|---|---|\n")?;
        for row in requirements.lines() {
            let mut columns = row.split('\t');
            let (Some(id), Some(text), reason) = (columns.next(), columns.next(), columns.next()) else {
                bail!(
                    "{REQUIREMENTS}: a row has an id, a text, and perhaps a reason, and this row has not: {row:?}"
                );
            };
            if !id.starts_with(letter) {
                continue;
            }
            known.push(id);
            let answer = match (covered.get(id), reason) {
                (Some(tests), _) => {
                    met += 1;
                    list(tests)
                }
                (None, Some(reason)) => {
                    explained += 1;
                    format!("*{reason}*")
                }
                (None, None) => {
                    open += 1;
                    "**open**".to_owned()
                }
            };
            writeln!(tables, "| {id} | {text} | {answer} |")?;
        }
    }
    for (id, tests) in &covered {
        if kind(id) == Some(Kind::Requirement) && !known.contains(id) {
            let Test { name, file, .. } = tests[0];
            bail!("{file}: the test `{name}` covers {id}, which {REQUIREMENTS} does not list");
        }
    }
    for (title, wanted) in
        [("Attacks that were tried", Kind::Attack), ("Invariants of the model", Kind::Invariant)]
    {
        write!(tables, "\n## {title}\n\n| id | tests |\n|---|---|\n")?;
        for (id, tests) in covered.iter().filter(|(id, _)| kind(id) == Some(wanted)) {
            writeln!(tables, "| {id} | {} |", list(tests))?;
        }
    }
    Ok(format!(
        "# Conformance\n\nMade by `cargo xtask conformance` from `{REQUIREMENTS}` and the ids that the tests cover. \
         Of {} requirements {met} have tests, {explained} have a reason why not, and {open} are open.\n{tables}",
        known.len()
    ))
}

fn list(tests: &[&Test]) -> String {
    let tests = tests.iter().map(|Test { name, file, .. }| format!("`{name}` ({file})"));
    tests.collect::<Vec<_>>().join("<br>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_tests_or_a_reason_or_is_open() {
        let covers = ["T-01", "J-009", "I1"].map(str::to_owned).to_vec();
        let tests = [Test { name: "x".into(), file: "a.rs".into(), covers }];
        let page = render("T-01\tone\nT-02\ttwo\tlater\nT-03\tthree", &tests).unwrap();
        for row in [
            "| T-01 | one | `x` (a.rs) |",
            "| T-02 | two | *later* |",
            "| T-03 | three | **open** |",
            "| J-009 | `x` (a.rs) |",
            "| I1 | `x` (a.rs) |",
        ] {
            assert!(page.contains(row), "{page}");
        }
        assert!(render("T-02\ttwo", &tests).is_err(), "no row has T-01");
    }
}
