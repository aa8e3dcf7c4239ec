//! The floor for doc comments: how they begin, and that every public item of the npm package has one.
//!
//! rustc's `missing_docs` holds the second rule for the crates. Passing says little: a comment can pass and explain
//! nothing.

use std::{fs, path::Path};

use anyhow::{Result, ensure};

use crate::{dist, package, shell::root, test_sources::tracked};

/// With these words a sentence leans on the one before, which a reader of one item does not see.
const LEANING: [&str; 5] = ["The same", "And", "Who", "Which", "It"];

/// Fails with a list of every comment that begins with a leaning word, and of every public item without a comment.
pub(crate) fn check() -> Result<()> {
    let mut faults = Vec::new();
    for file in tracked(&["*.rs", "*.ts"])? {
        let source = fs::read_to_string(root().join(&file))?;
        for (line, text) in beginnings(&source) {
            if let Some(word) = leaning_word(text) {
                faults.push(format!("{file}:{line}: begins with \"{word}\": {text}"));
            }
        }
    }
    for file in dist::declarations(&package::entries()?)? {
        let text = fs::read_to_string(package::folder().join(&file))?;
        let source = Path::new("wasm-client").join(&file);
        faults.extend(
            undocumented(&text)
                .into_iter()
                .map(|(line, item)| format!("{}:{line}: has no doc comment: {item}", source.display())),
        );
    }
    ensure!(
        faults.is_empty(),
        "{} doc comments are missing, or lean on the sentence before. Begin with the subject: what the item is or \
         does\n{}",
        faults.len(),
        faults.join("\n")
    );
    Ok(())
}

/// Returns the first line of each doc comment, with its number.
fn beginnings(source: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let (mut in_rust, mut in_script) = (false, false);
    for (number, line) in (1..).zip(source.lines().map(str::trim)) {
        let of_rust = ["///", "//!"].iter().find_map(|mark| line.strip_prefix(mark));
        let of_rust = of_rust.filter(|text| !text.starts_with('/'));
        if let Some(text) = of_rust.filter(|_| !in_rust) {
            found.push((number, text.trim()));
        }
        in_rust = of_rust.is_some();
        let opened = line.strip_prefix("/**");
        if opened.is_some() || in_script {
            let text = opened.unwrap_or(line).trim_end_matches("*/").trim_start_matches('*').trim();
            in_script = text.is_empty() && !line.ends_with("*/");
            if !text.is_empty() {
                found.push((number, text));
            }
        }
    }
    found
}

/// Returns the leaning word that a text begins with.
fn leaning_word(text: &str) -> Option<&'static str> {
    LEANING.into_iter().find(|word| {
        let rest = text.strip_prefix(word);
        rest.is_some_and(|rest| !rest.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_'))
    })
}

/// Returns the exported items of a declaration file, and the members of exported interfaces and classes, that have no
/// doc comment. Relies on how `tsc` lays declarations out.
fn undocumented(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let (mut depth, mut in_comment, mut is_documented) = (0_usize, false, false);
    let (mut in_members, mut is_start, mut previous) = (false, true, "");
    for (number, line) in (1..).zip(text.lines()) {
        let code = line.trim();
        if in_comment || code.starts_with("/*") {
            is_documented |= code.starts_with("/**");
            in_comment = !code.ends_with("*/");
            continue;
        }
        if code.is_empty() || code.starts_with("//") {
            continue;
        }
        let name = member_name(code);
        let is_item = depth == 0 && is_declaration(code);
        let is_member = depth == 1 && in_members && is_start && !name.is_empty() && name != previous;
        if (is_item || is_member) && !is_documented {
            found.push((number, code));
        }
        if depth == 0 {
            in_members = is_item && [" interface ", " class "].iter().any(|kind| code.contains(kind));
            previous = "";
        } else if depth == 1 && is_start {
            previous = name;
        }
        depth += code.matches(['{', '(']).count();
        depth = depth.saturating_sub(code.matches(['}', ')']).count());
        is_start = code.ends_with([';', '{', '}']);
        is_documented = false;
    }
    found
}

/// Whether a line declares an item and exports it.
fn is_declaration(code: &str) -> bool {
    let Some(rest) = code.strip_prefix("export ") else { return false };
    let rest = rest.strip_prefix("declare ").unwrap_or(rest);
    ["interface ", "abstract class ", "class ", "function ", "const ", "enum ", "type "]
        .iter()
        .any(|kind| rest.strip_prefix(kind).is_some_and(|name| !name.starts_with(['{', '*'])))
}

/// Returns the name of a member; an empty one for what is private or a closing brace.
fn member_name(code: &str) -> &str {
    if code.starts_with("private ") || code.starts_with('#') {
        return "";
    }
    let name = ["static ", "readonly ", "get ", "set "]
        .iter()
        .fold(code, |code, word| code.trim_start_matches(word));
    name.split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '[')
        .next()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_beginning_of_a_comment_counts() {
        let source = "//! A crate.\n//! It is small.\n\n/// Returns a.\n/// And b.\nfn a() {}\n//// no\n/// Who?\n\
            /** One line. */\n/**\n * Two\n * And more\n */\n    /// It\n";
        let expected =
            [(1, "A crate."), (4, "Returns a."), (8, "Who?"), (9, "One line."), (11, "Two"), (14, "It")];
        assert_eq!(beginnings(source), expected);
    }

    #[test]
    fn a_leaning_word_is_a_whole_word() {
        for text in ["The same, later", "And b", "Who asks", "Which", "It's ours", "It is"] {
            assert!(leaning_word(text).is_some(), "{text}");
        }
        for text in
            ["The sameness", "Android", "Whole", "Iterates", "Items", "`It` is a name", "Returns it", "The"]
        {
            assert_eq!(leaning_word(text), None, "{text}");
        }
    }

    #[test]
    fn a_public_item_or_member_without_a_comment_is_found() {
        let text = "import { A } from './a.ts';\nexport type { A };\nexport * from './b.ts';\n\
            /** A client. */\nexport interface Client<C> {\n    /** Ready. */\n    readonly ready: Promise<void>;\n\
            \x20   fetch(input: {\n        a: string;\n    }): void;\n    fetch(input: string): void;\n    /** On. */\n\
            \x20   on(name: 'a', does: (event: {\n        b: string;\n    }) => void): void;\n    [key: string]: unknown;\n}\n\
            export declare function make(): Client<{\n    c: string;\n}>;\n/** An error. */\n\
            export declare class E {\n    #private;\n    private x;\n    get code(): string;\n}\ninterface Own {\n    a: 1;\n}\n\
            export type T = 'a';\n";
        let found: Vec<_> = undocumented(text).into_iter().map(|(_, item)| item).collect();
        let expected = [
            "fetch(input: {",
            "[key: string]: unknown;",
            "export declare function make(): Client<{",
            "get code(): string;",
            "export type T = 'a';",
        ];
        assert_eq!(found, expected);
    }
}
