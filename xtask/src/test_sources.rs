//! The tests of the repository, as their sources name them, with the ids that each covers.
//!
//! A Rust test bears ids in a doc line of its own, `/// Covers: T-01, J-009`. A JavaScript test bears them in its
//! options: `it('…', { covers: ['T-01'] }, …)`. Names bear none, so that they can be read aloud.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail, ensure};

use crate::shell::{output_of, program, root};

/// A test, the file that has it, and the ids that it covers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Test {
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) covers: Vec<String>,
}

/// What an id stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A row of `docs/requirements.tsv`: `T-01`.
    Requirement,
    /// An attack that was tried: `J-009`, `C-013b`.
    Attack,
    /// What the model holds at every step: `I1` to `I6`.
    Invariant,
}

/// Returns what an id stands for, or `None` if it has the shape of no id.
pub(crate) fn kind(id: &str) -> Option<Kind> {
    if let Some(number) = id.strip_prefix('I').filter(|number| number.len() == 1) {
        return ("1"..="6").contains(&number).then_some(Kind::Invariant);
    }
    let (letter, number) = id.split_once('-')?;
    let is_letter = letter.len() == 1 && letter.bytes().all(|byte| byte.is_ascii_uppercase());
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    let suffix = &number[digits..];
    match (is_letter, digits, suffix.len()) {
        (true, 2, 0) => Some(Kind::Requirement),
        (true, 3, 0) => Some(Kind::Attack),
        (true, 3, 1) if suffix.bytes().all(|byte| byte.is_ascii_lowercase()) => Some(Kind::Attack),
        _ => None,
    }
}

/// Reads every test of the files that git knows. Fails if a name begins with an id, or if an id has an unknown shape.
pub(crate) fn read_all() -> Result<Vec<Test>> {
    let mut tests = Vec::new();
    for file in tracked(&["*.rs", "*.test.js"])? {
        let source = fs::read_to_string(root().join(&file)).with_context(|| format!("reading {file}"))?;
        let is_script = Path::new(&file).extension().is_some_and(|extension| extension == "js");
        let found = if is_script { in_javascript(&source) } else { in_rust(&source) };
        for mut test in found.with_context(|| file.clone())? {
            test.file.clone_from(&file);
            check(&test)?;
            tests.push(test);
        }
    }
    Ok(tests)
}

/// Lists the files that match these patterns, are known to git, and exist.
pub(crate) fn tracked(patterns: &[&str]) -> Result<Vec<String>> {
    let mut list = program("git", &["ls-files", "--cached", "--others", "--exclude-standard"]);
    let files = output_of(list.args(patterns)).context("`git ls-files` failed: run this in a git clone")?;
    Ok(files.lines().filter(|file| root().join(file).exists()).map(str::to_owned).collect())
}

fn check(test: &Test) -> Result<()> {
    let Test { name, file, covers } = test;
    ensure!(
        !begins_with_id(name),
        "{file}: the test `{name}` begins with an id. Move the id into a `/// Covers:` line (Rust) or into \
         `{{ covers: ['…'] }}` (JavaScript)"
    );
    if let Some(id) = covers.iter().find(|id| kind(id).is_none()) {
        bail!(
            "{file}: the test `{name}` covers {id:?}, which is no id. Ids look like T-01 (requirement), J-009 or \
             C-013b (attack), or I1 to I6 (invariant)"
        );
    }
    Ok(())
}

/// Whether a name begins with an id, as `t_01_…` or `T-01 …` does.
fn begins_with_id(name: &str) -> bool {
    let words: Vec<&str> = name.splitn(3, ['_', ' ', '-']).collect();
    let [first, second, ..] = words[..] else { return false };
    let first = first.to_ascii_uppercase();
    match kind(&format!("{first}-{second}")) {
        // `a_401_…` has an article and a status, and no attack has this letter.
        Some(Kind::Attack) => first != "A",
        Some(_) => true,
        None => kind(&first) == Some(Kind::Invariant),
    }
}

/// Finds the functions right below an attribute that makes them tests.
fn in_rust(source: &str) -> Result<Vec<Test>> {
    let (mut is_test, mut covers) = (false, None);
    let mut tests = Vec::new();
    for line in source.lines().map(str::trim) {
        let function = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
        if let Some(ids) = line.strip_prefix("/// Covers:") {
            covers = Some(ids.split(',').map(|id| id.trim().to_owned()).collect());
        } else if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some(rest) = function {
            let name = rest.split(['(', '<']).next().unwrap_or_default().to_owned();
            ensure!(is_test || covers.is_none(), "`{name}` has a line `Covers:`, and is no test");
            if is_test {
                tests.push(Test { name, covers: covers.take().unwrap_or_default(), ..Test::default() });
            }
            is_test = false;
        }
    }
    ensure!(covers.is_none(), "the last line `Covers:` belongs to no test");
    Ok(tests)
}

/// Finds each `it('…')` that begins a line.
fn in_javascript(source: &str) -> Result<Vec<Test>> {
    let mut tests = Vec::new();
    let mut start = 0;
    for line in source.split_inclusive('\n') {
        let call = line.trim_start();
        if call.starts_with("it(") {
            let rest = &source[start + line.len() - call.len() + "it(".len()..];
            tests.extend(javascript_test(rest.trim_start()));
        }
        start += line.len();
    }
    let (said, read) =
        (source.matches("covers: [").count(), tests.iter().filter(|test| !test.covers.is_empty()).count());
    ensure!(
        said == read,
        "{said} times the file says `covers: [`, and {read} tests have it: write `it('…', {{ covers: ['…'] }}, …)`"
    );
    Ok(tests)
}

/// Reads a title, and the ids of the options after it.
fn javascript_test(call: &str) -> Option<Test> {
    let (name, rest) = string(call)?;
    let options = rest.trim_start().strip_prefix(',').map(str::trim_start);
    let options = options.filter(|options| options.starts_with('{')).map_or("", braces);
    let list = options.split_once("covers: [").and_then(|(_, rest)| rest.split_once(']'));
    let mut covers = Vec::new();
    let mut rest = list.map_or("", |(list, _)| list);
    while let Some((id, after)) = rest.find(['\'', '"']).and_then(|quote| string(&rest[quote..])) {
        covers.push(id);
        rest = after;
    }
    Some(Test { name, covers, ..Test::default() })
}

/// Reads a string that begins the text, and what comes after it.
fn string(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|quote| ['\'', '"', '`'].contains(quote))?;
    let (mut content, mut letters) = (String::new(), text.char_indices().skip(1));
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => content.extend(letters.next().map(|(_, letter)| letter)),
            _ if letter == quote => return Some((content, &text[at + 1..])),
            _ => content.push(letter),
        }
    }
    None
}

/// Returns what begins with a brace, up to the brace that closes it. Strings may have braces.
fn braces(text: &str) -> &str {
    let (mut depth, mut at) = (0, 0);
    while let Some(letter) = text[at..].chars().next() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            '\'' | '"' | '`' => {
                let Some((_, rest)) = string(&text[at..]) else { return text };
                at = text.len() - rest.len();
                continue;
            }
            _ => {}
        }
        at += letter.len_utf8();
        if depth == 0 {
            break;
        }
    }
    &text[..at]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(name: &str, covers: &[&str]) -> Test {
        let covers = covers.iter().map(ToString::to_string).collect();
        Test { name: name.into(), file: String::new(), covers }
    }

    #[test]
    fn an_id_is_known_by_its_shape() {
        assert_eq!(kind("T-04"), Some(Kind::Requirement));
        assert_eq!(kind("J-025"), Some(Kind::Attack));
        assert_eq!(kind("C-013b"), Some(Kind::Attack));
        assert_eq!(kind("I1"), Some(Kind::Invariant));
        assert_eq!(kind("I-01"), Some(Kind::Requirement));
        for odd in
            ["", "T", "T-", "T-4", "T-0004", "t-04", "TT-04", "T_04", "T-04b", "C-013bc", "I0", "I7", "I12"]
        {
            assert_eq!(kind(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_name_that_begins_with_an_id_is_refused() {
        for name in
            ["t_01_a_change", "T-01 a change", "c_013b_a_handler", "i1_holds", "I1 holds", "A-01 freshness"]
        {
            assert!(check(&test(name, &[])).is_err(), "{name}");
        }
        for name in [
            "a_change",
            "a_401_is_retried",
            "rfc_7638_is_kept",
            "i_am",
            "I-frames are refused",
            "a_1_token_t_01",
            "a",
        ] {
            assert!(check(&test(name, &["T-01"])).is_ok(), "{name}");
        }
        assert!(check(&test("a_change", &["T-1"])).is_err(), "an id of an unknown shape");
        assert!(check(&test("a_change", &[""])).is_err(), "no id after the last comma");
    }

    #[test]
    fn a_rust_test_covers_what_its_line_says() {
        let source = "fn helper() {}\n/// It opens.\n///\n/// Covers: T-01, J-009\n#[tokio::test]\n#[other]\n\
            async fn one() {}\n    #[test]\n    fn two() {}\n";
        assert_eq!(in_rust(source).unwrap(), [test("one", &["T-01", "J-009"]), test("two", &[])]);
        assert!(in_rust("/// Covers: T-01\nfn helper() {}").is_err(), "it is no test");
        assert!(in_rust("/// Covers: T-01\nstruct X;").is_err(), "it is nothing's");
    }

    #[test]
    fn a_javascript_test_covers_what_its_options_say() {
        let source = "  it('a spy', async () => {});\n  it(\"a spy's\", { timeout: 1, covers: ['I-08', \"C-030\"] }, async\n\
            it(\n  `a ${b ? 'c' : 'd'} e`,\n  {\n    covers: [\n      'I-09',\n    ],\n    skip: '}',\n  },\n  f);\n// it('no', x);\n\
            it('it\\'s', () => [{}]);\n";
        let expected = [
            test("a spy", &[]),
            test("a spy's", &["I-08", "C-030"]),
            test("a ${b ? 'c' : 'd'} e", &["I-09"]),
            test("it's", &[]),
        ];
        assert_eq!(in_javascript(source).unwrap(), expected);
        assert!(in_javascript("it('a', f, { covers: ['I-08'] })").is_err(), "nobody would read it there");
    }
}
