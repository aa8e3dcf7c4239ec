//! Reads the arguments of `cargo xtask test …`: a part of the tests, or all.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::{engines::Engine, test_sources::Test};

pub(crate) const USAGE: &str = "\
cargo xtask test                     every test
cargo xtask test rust [filter]       the tests of the crates; those with `filter` in their names
cargo xtask test client [filter]     the tests of the npm package under Node.js; a file (`react`), or a text in titles
cargo xtask test browser [suite] [--engine chromium|firefox|webkit] [--grep text]
                                     the tests in real browsers; a suite is a file of tests/browser (`main-job`), and
                                     `text` stands in the titles of the tests (`/…/` is a regular expression)
cargo xtask test packages [bundler]  the packages as they would be released; only one bundler (`webpack`), or only the
                                     crates (`crates`)";

/// A part of the tests, or all.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    All,
    Rust { filter: Option<String> },
    Client { filter: Option<String> },
    Browser { suite: Option<String>, engine: Option<Engine>, grep: Option<String> },
    Packages { bundler: Option<String> },
    Help,
}

impl Selection {
    /// Reads the arguments after `test`.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self> {
        let mut arguments = arguments.into_iter();
        let Some(kind) = arguments.next() else { return Ok(Self::All) };
        let (mut name, mut engine, mut grep) = (None, None, None);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--engine" if kind == "browser" => {
                    engine = Some(parse_engine(&arguments.next().unwrap_or_default())?);
                }
                "--grep" if kind == "browser" => {
                    let text = arguments.next().filter(|text| !text.is_empty());
                    grep = Some(text.with_context(|| format!("`--grep` needs a text\n\n{USAGE}"))?);
                }
                option if option.starts_with('-') => {
                    bail!("`cargo xtask test {kind}` has no option `{option}`\n\n{USAGE}")
                }
                _ if name.is_none() => name = Some(argument),
                _ => bail!("`{argument}` is one argument too many. Quote a text with spaces\n\n{USAGE}"),
            }
        }
        match kind.as_str() {
            "rust" => Ok(Self::Rust { filter: name }),
            "client" => Ok(Self::Client { filter: name }),
            "browser" => Ok(Self::Browser { suite: name, engine, grep }),
            "packages" => Ok(Self::Packages { bundler: name }),
            "help" | "--help" | "-h" => Ok(Self::Help),
            _ => bail!("there is no kind of tests `{kind}`\n\n{USAGE}"),
        }
    }
}

fn parse_engine(name: &str) -> Result<Engine> {
    let engine = Engine::ALL.into_iter().find(|engine| engine.name() == name);
    engine.with_context(|| {
        let names = Engine::ALL.map(Engine::name).join(", ");
        format!("`--engine {name}` names no engine. The engines are {names}")
    })
}

/// Returns the files of tests of a folder that a suite names, or all of them.
pub(crate) fn suites(files: Vec<PathBuf>, suite: Option<&str>) -> Result<Vec<PathBuf>> {
    let Some(suite) = suite else { return Ok(files) };
    let names = files.iter().map(|file| suite_name(file)).collect::<Vec<_>>().join(", ");
    let found: Vec<_> = files.into_iter().filter(|file| suite_name(file) == suite).collect();
    ensure!(!found.is_empty(), "there is no suite `{suite}`. The suites are {names}");
    Ok(found)
}

/// Returns `main-job` for `…/main-job.test.js`.
pub(crate) fn suite_name(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.trim_end_matches(".test.js").to_owned()
}

/// Returns the regular expression by which Node.js finds a text in titles. `/…/` is one already.
pub(crate) fn pattern(text: &str) -> String {
    if text.len() > 1 && text.starts_with('/') && text.ends_with('/') {
        return text.to_owned();
    }
    let is_special = |letter: char| r"\^$.|?*+()[]{}/".contains(letter);
    text.chars().flat_map(|letter| is_special(letter).then_some('\\').into_iter().chain([letter])).collect()
}

/// Fails if no Rust test can match a filter, which cargo passes over in silence.
pub(crate) fn check_rust_filter(filter: &str, tests: &[Test]) -> Result<()> {
    let matches = |test: &Test| {
        test.file
            .strip_suffix(".rs")
            .is_some_and(|path| test.name.contains(filter) || path.replace('/', "::").contains(filter))
    };
    ensure!(
        filter.contains("::") || tests.iter().any(matches),
        "no Rust test has `{filter}` in its name. A filter is a part of a test's name, or of its module's"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Selection> {
        Selection::parse(line.split('|').filter(|word| !word.is_empty()).map(str::to_owned))
    }

    #[test]
    fn a_selection_is_read_from_its_arguments() {
        assert_eq!(parse("").unwrap(), Selection::All);
        assert_eq!(parse("rust").unwrap(), Selection::Rust { filter: None });
        assert_eq!(parse("client|react").unwrap(), Selection::Client { filter: Some("react".into()) });
        assert_eq!(parse("packages|Vite").unwrap(), Selection::Packages { bundler: Some("Vite".into()) });
        let grep = Some("a person signs in".into());
        let expected =
            Selection::Browser { suite: Some("main-job".into()), engine: Some(Engine::WebKit), grep };
        for line in [
            "browser|main-job|--engine|webkit|--grep|a person signs in",
            "browser|--grep|a person signs in|--engine|webkit|main-job",
        ] {
            assert_eq!(parse(line).unwrap(), expected);
        }
    }

    #[test]
    fn what_cannot_be_read_says_what_can() {
        for (line, says) in [
            ("wasm", "no kind of tests `wasm`"),
            ("browser|--engine|opera", "chromium, firefox, webkit"),
            ("browser|--engine", "chromium, firefox, webkit"),
            ("browser|--grep", "`--grep` needs a text"),
            ("browser|--quick", "no option `--quick`"),
            ("rust|--engine|chromium", "no option `--engine`"),
            ("client|two|words", "`words` is one argument too many"),
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(says), "{line}: {error}");
        }
    }

    #[test]
    fn an_unknown_suite_is_answered_with_the_suites() {
        let files = || ["x/main-job.test.js", "x/tabs.test.js"].map(PathBuf::from).to_vec();
        assert_eq!(suites(files(), Some("tabs")).unwrap(), [PathBuf::from("x/tabs.test.js")]);
        assert_eq!(suites(files(), None).unwrap(), files());
        let error = suites(files(), Some("main")).unwrap_err().to_string();
        assert_eq!(error, "there is no suite `main`. The suites are main-job, tabs");
    }

    #[test]
    fn a_text_is_found_to_the_letter() {
        assert_eq!(pattern("who (she) is? a/b"), r"who \(she\) is\? a\/b");
        assert_eq!(pattern("/^who|what$/"), "/^who|what$/");
    }

    #[test]
    fn a_filter_that_matches_no_rust_test_is_refused() {
        let tests = [("a_test", "server/src/live.rs"), ("a title", "a.test.js")];
        let tests =
            tests.map(|(name, file)| Test { name: name.into(), file: file.into(), covers: Vec::new() });
        for filter in ["a_t", "live", "tests::x"] {
            assert!(check_rust_filter(filter, &tests).is_ok(), "{filter}");
        }
        for filter in ["b_test", "title"] {
            assert!(check_rust_filter(filter, &tests).is_err(), "{filter}");
        }
    }
}
