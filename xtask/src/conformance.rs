//! `docs/conformance.md`: every requirement, with the tests that bear its id.
//!
//! A test bears ids in its name: `t_01_j_009_a_change_anywhere` bears the requirement T-01 and the attack J-009, and
//! so does a JavaScript test with the title `T-01 J-009 a change anywhere`.

use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

use anyhow::{Context, Result, bail};

use crate::shell::{output_of, program, root, say};

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

/// A test, and where it is.
#[derive(Debug, PartialEq, Eq)]
struct Test {
    name: String,
    file: String,
}

type Tests = BTreeMap<String, Vec<Test>>;

/// Writes the page, or with `only_check` says whether it is up to date.
pub(crate) fn write(only_check: bool) -> Result<()> {
    let requirements = read(REQUIREMENTS)?;
    let page = render(&requirements, &tests()?)?;
    let path = root().join(CONFORMANCE);
    if !only_check {
        fs::write(&path, page)?;
        say(&format!("wrote {CONFORMANCE}"));
    } else if read(CONFORMANCE)? != page {
        bail!("{CONFORMANCE} is out of date: run `cargo xtask conformance`");
    }
    Ok(())
}

fn read(file: &str) -> Result<String> {
    fs::read_to_string(root().join(file)).with_context(|| format!("reading {file}"))
}

fn tests() -> Result<Tests> {
    let mut tests = Tests::new();
    let files = output_of(&mut program("git", &["ls-files", "*.rs", "*.test.js"]));
    let files = files.context("git does not list the files: is this a clone?")?;
    for file in files.lines() {
        let source = read(file)?;
        let is_script = Path::new(file).extension().is_some_and(|extension| extension == "js");
        let names = if is_script { script_tests(&source) } else { rust_tests(&source) };
        for name in names {
            for id in ids(&name) {
                tests.entry(id).or_default().push(Test { name: name.clone(), file: file.to_owned() });
            }
        }
    }
    Ok(tests)
}

/// The names of functions right below an attribute that makes them tests.
fn rust_tests(source: &str) -> Vec<String> {
    let mut is_test = false;
    let mut names = Vec::new();
    for line in source.lines().map(str::trim) {
        let function = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some(rest) = function {
            if is_test {
                names.extend(rest.split('(').next().map(str::to_owned));
            }
            is_test = false;
        }
    }
    names
}

/// The titles of `it('…')`.
fn script_tests(source: &str) -> Vec<String> {
    let title = |line: &str| {
        let rest = line.trim().strip_prefix("it(")?;
        let quote = rest.chars().next()?;
        rest[quote.len_utf8()..].split(quote).next().map(str::to_owned)
    };
    source.lines().filter_map(title).collect()
}

/// The ids at the beginning of a test's name, in either spelling.
fn ids(name: &str) -> Vec<String> {
    let words: Vec<&str> = name.split(['_', ' ', '-']).collect();
    let pairs = words.chunks_exact(2).map_while(|pair| {
        let (letter, number) = (pair[0].to_ascii_uppercase(), pair[1]);
        let is_id = letter.len() == 1
            && letter.chars().all(|c| c.is_ascii_uppercase())
            && matches!(number.trim_end_matches(|c: char| c.is_ascii_lowercase()).len(), 2 | 3)
            && number.chars().take(2).all(|c| c.is_ascii_digit())
            && number.chars().skip(2).all(|c| c.is_ascii_alphanumeric());
        is_id.then(|| format!("{letter}-{number}"))
    });
    pairs.collect()
}

fn render(requirements: &str, tests: &Tests) -> Result<String> {
    let mut known = Vec::new();
    let (mut met, mut explained, mut open) = (0, 0, 0);
    let mut tables = String::new();
    for (letter, title) in GROUPS {
        write!(tables, "\n## {letter}: {title}\n\n| id | what is required | tests |\n|---|---|---|\n")?;
        for row in requirements.lines() {
            let mut columns = row.split('\t');
            let (Some(id), Some(text), reason) = (columns.next(), columns.next(), columns.next()) else {
                bail!("{REQUIREMENTS}: a row is an id, a text, and perhaps a reason: {row:?}");
            };
            if !id.starts_with(letter) {
                continue;
            }
            known.push(id);
            let answer = match (tests.get(id), reason) {
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
    if let Some(id) = tests.keys().find(|id| id.len() == 4 && !known.contains(&id.as_str())) {
        bail!("a test bears the id {id}, and no requirement does");
    }
    tables += "\n## Attacks that were tried\n\n| id | tests |\n|---|---|\n";
    for (id, tests) in tests.iter().filter(|(id, _)| id.len() == 5) {
        writeln!(tables, "| {id} | {} |", list(tests))?;
    }
    Ok(format!(
        "# Conformance\n\nMade by `cargo xtask conformance` from `{REQUIREMENTS}` and the names of the tests. \
         Of {} requirements {met} have tests, {explained} have a reason why not, and {open} are open.\n{tables}",
        known.len()
    ))
}

fn list(tests: &[Test]) -> String {
    let tests = tests.iter().map(|Test { name, file }| format!("`{name}` ({file})"));
    tests.collect::<Vec<_>>().join("<br>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stand_at_the_beginning_of_a_name() {
        assert_eq!(ids("t_01_j_009_a_change_anywhere"), ["T-01", "J-009"]);
        assert_eq!(ids("C-03 C-04 script can neither"), ["C-03", "C-04"]);
        assert_eq!(ids("I-07 C-013b a handler"), ["I-07", "C-013b"]);
        assert!(ids("a_token_opens").is_empty());
        assert!(ids("a_1_token_t_01").is_empty());
        assert!(ids("rfc_7638_is_kept").is_empty());
    }

    #[test]
    fn only_tests_count() {
        let source =
            "fn t_01_helper() {}\n#[tokio::test]\n#[other]\nasync fn t_02_one() {}\nfn t_03_helper() {}";
        assert_eq!(rust_tests(source), ["t_02_one"]);
        assert_eq!(
            script_tests("  it('I-01 a spy', async () => {\n it(\"I-02 a spy's\", async\n// it('no"),
            ["I-01 a spy", "I-02 a spy's"]
        );
    }

    #[test]
    fn a_row_has_tests_or_a_reason_or_is_open() {
        let test = Test { name: "t_01_x".into(), file: "a.rs".into() };
        let tests = Tests::from([("T-01".into(), vec![test])]);
        let page = render("T-01\tone\nT-02\ttwo\tlater\nT-03\tthree", &tests).unwrap();
        for row in
            ["| T-01 | one | `t_01_x` (a.rs) |", "| T-02 | two | *later* |", "| T-03 | three | **open** |"]
        {
            assert!(page.contains(row), "{page}");
        }
        assert!(render("T-02\ttwo", &tests).is_err(), "an id that no row has");
    }
}
