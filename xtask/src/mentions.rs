//! The names that the documentation mentions: each test, id and long name must exist.

use std::{collections::HashSet, fs};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    shell::root,
    test_sources::{self, Test, kind, tracked},
};

/// Pages whose tables have a column of tests, with the least number of rows that a reader must find.
const TABLES: [(&str, usize); 2] = [("docs/threat-model.md", 45), ("docs/why.md", 12)];
/// Pages that are generated, and one that tells of names that are gone.
const SKIPPED: [&str; 4] = ["docs/api.md", "docs/api-rust.md", "docs/conformance.md", "CHANGELOG.md"];
/// A snake-case name with so many underscores is taken for a name in the sources.
const UNDERSCORES: usize = 3;

/// What a page may mention.
struct Names {
    tests: HashSet<String>,
    ids: HashSet<String>,
    words: HashSet<String>,
}

/// Fails if a page names a test that does not exist, an id that nothing covers or requires, or a long name that the
/// sources do not have.
pub(crate) fn check() -> Result<()> {
    let names = names()?;
    for (file, least) in TABLES {
        let rows = check_tables(&read(file)?, &names.tests).with_context(|| file.to_owned())?;
        ensure!(
            rows >= least,
            "{file}: {rows} rows with tests were found, and {least} or more were expected. Tables with a last column \
             `test` are read"
        );
    }
    for file in tracked(&["*.md"])?.iter().filter(|file| !SKIPPED.contains(&file.as_str())) {
        check_words(&read(file)?, &names).with_context(|| file.clone())?;
    }
    Ok(())
}

fn read(file: &str) -> Result<String> {
    fs::read_to_string(root().join(file)).with_context(|| format!("reading {file}"))
}

fn names() -> Result<Names> {
    let tests = test_sources::read_all()?;
    let requirements = read("docs/requirements.tsv")?;
    let required = requirements.lines().filter_map(|row| Some(row.split_once('\t')?.0.to_owned()));
    let ids = tests.iter().flat_map(|test| test.covers.clone()).chain(required).collect();
    let mut words = HashSet::new();
    for file in tracked(&["*.rs", "*.ts", "*.js", "*.json", "*.toml"])? {
        let source = read(&file)?;
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        words.extend(source.split(|letter| !is_part(letter)).map(str::to_owned));
    }
    Ok(Names { tests: tests.into_iter().map(|Test { name, .. }| name).collect(), ids, words })
}

/// Returns how many rows of a page name tests, in tables with a last column `test`.
fn check_tables(page: &str, tests: &HashSet<String>) -> Result<usize> {
    let lines: Vec<&str> = page.lines().collect();
    let (mut has_tests, mut columns, mut rows) = (false, 0, 0);
    for (at, row) in lines.iter().enumerate() {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        if !row.starts_with('|') {
            has_tests = false;
        } else if lines.get(at + 1).is_some_and(|next| next.starts_with("|-") || next.starts_with("| -")) {
            has_tests = cells.last().is_some_and(|head| ["test", "tests"].contains(head));
            columns = cells.len();
        } else if has_tests && !row.starts_with("|-") && !row.starts_with("| -") {
            ensure!(
                cells.len() == columns,
                "a row has {} cells, and its table {columns}: {row}",
                cells.len()
            );
            let last = cells.last().copied().unwrap_or_default();
            let names: Vec<&str> = last.split('`').skip(1).step_by(2).collect();
            ensure!(
                !names.is_empty() && last.matches('`').count() == names.len() * 2,
                "a row names no test: {row}"
            );
            if let Some(name) = names.into_iter().find(|name| !tests.contains(*name)) {
                bail!("there is no test `{name}`. Name the test that tries what this row says: {row}");
            }
            rows += 1;
        }
    }
    Ok(rows)
}

fn check_words(page: &str, names: &Names) -> Result<()> {
    let mut is_code = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        if is_code {
            continue;
        }
        for quoted in line.split('`').skip(1).step_by(2) {
            if kind(quoted).is_some() {
                ensure!(
                    names.ids.contains(quoted),
                    "no test covers the id `{quoted}`, and nothing requires it"
                );
            }
            ensure!(
                !is_long_name(quoted) || names.tests.contains(quoted) || names.words.contains(quoted),
                "neither a test nor anything else in the sources is called `{quoted}`"
            );
        }
    }
    Ok(())
}

/// Whether it is in snake case, and long enough to be the name of something.
fn is_long_name(text: &str) -> bool {
    text.matches('_').count() >= UNDERSCORES
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row of these tables names tests, and each named test exists.
    #[test]
    fn every_test_named_in_the_threat_model_and_in_why_exists() {
        check().unwrap();
        let tests = names().unwrap().tests;
        assert!(!tests.contains("every_test_that_was_never_written"), "the control: not everything exists");
    }

    #[test]
    fn a_row_without_a_test_that_exists_is_refused() {
        let tests = HashSet::from(["a_test".to_owned(), "a title".to_owned()]);
        let page =
            |row: &str| format!("| a | test |\n|---|---|\n{row}\n\n| a | b |\n|---|---|\n| other | none |\n");
        assert_eq!(check_tables(&page("| x | `a_test`, `a title` |\n| y | `a_test` |"), &tests).unwrap(), 2);
        for row in ["| x | `another` |", "| x | none |", "| x | `a_test |", "| x | y | `a_test` |"] {
            assert!(check_tables(&page(row), &tests).is_err(), "{row}");
        }
    }

    #[test]
    fn an_id_or_a_long_name_that_leads_nowhere_is_refused() {
        let names = Names {
            tests: HashSet::from(["a_test_of_the_gate".to_owned()]),
            ids: HashSet::from(["C-038".to_owned()]),
            words: HashSet::from(["let_page_script_read_tokens".to_owned()]),
        };
        let page = "`a_test_of_the_gate` (`C-038`) `let_page_script_read_tokens`\n`short_name`\n```\n`gone_for_a_while`\n```\n";
        assert!(check_words(page, &names).is_ok());
        assert!(check_words("`C-039`", &names).is_err());
        assert!(check_words("it says `gone_for_a_while`", &names).is_err());
    }
}
