//! The links of the documentation: each leads to a file or heading that exists, and README leads to every page.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fs,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

use crate::{shell::root, test_sources::tracked};

/// The page from which a reader can reach all others.
const START: &str = "README.md";
/// Where published pages, which stand alone, link to instead of a path.
const PUBLISHED: &str = "https://github.com/symbolon/symbolon/blob/main/";
/// Pages that explain a folder of build products to whoever finds it empty.
const STUBS: [&str; 2] = ["server/assets/README.md", "www/assets/README.md"];

/// Fails if a relative link of a Markdown file leads nowhere, or if a page cannot be reached from [`START`].
pub(crate) fn check() -> Result<()> {
    let mut pages = BTreeMap::new();
    for file in tracked(&["*.md"])? {
        let text = fs::read_to_string(root().join(&file)).with_context(|| file.clone())?;
        pages.insert(file, text);
    }
    let exists = |path: &str| root().join(path).exists();
    let faults = faults(&pages, exists);
    ensure!(faults.is_empty(), "links of the documentation lead nowhere:\n{}", faults.join("\n"));
    let lost: Vec<_> = unreachable(&pages).into_iter().filter(|page| !STUBS.contains(page)).collect();
    ensure!(lost.is_empty(), "no link leads from {START} to: {}", lost.join(", "));
    Ok(())
}

/// Returns a line for each link whose file or heading does not exist.
fn faults(pages: &BTreeMap<String, String>, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let anchors: HashMap<&str, HashSet<String>> =
        pages.iter().map(|(page, text)| (page.as_str(), anchors(text))).collect();
    let mut faults = Vec::new();
    for (page, text) in pages {
        for link in links(text) {
            let Some((target, heading)) = resolve(page, link) else { continue };
            let is_known =
                |heading: &str| anchors.get(target.as_str()).is_none_or(|all| all.contains(heading));
            if !exists(&target) {
                faults.push(format!("{page}: there is no file {target} ({link})"));
            } else if heading.is_some_and(|heading| !is_known(heading)) {
                faults.push(format!("{page}: {target} has no such heading ({link})"));
            }
        }
    }
    faults
}

/// Returns the pages to which no chain of links leads.
fn unreachable(pages: &BTreeMap<String, String>) -> BTreeSet<&str> {
    let mut lost: BTreeSet<&str> = pages.keys().map(String::as_str).collect();
    let mut open = vec![START.to_owned()];
    while let Some(page) = open.pop() {
        let Some((page, text)) = pages.get_key_value(&page) else { continue };
        if lost.remove(page.as_str()) {
            open.extend(links(text).filter_map(|link| Some(resolve(page, link)?.0)));
        }
    }
    lost
}

/// Returns the file that a link of `page` leads to, and the heading in it; `None` for a link to another site.
fn resolve<'l>(page: &str, link: &'l str) -> Option<(String, Option<&'l str>)> {
    let (path, is_published) = match link.strip_prefix(PUBLISHED) {
        Some(path) => (path, true),
        None if link.contains("://") || link.starts_with("mailto:") => return None,
        None => (link, false),
    };
    let (path, heading) = path.split_once('#').map_or((path, None), |(path, heading)| (path, Some(heading)));
    if path.is_empty() {
        return Some((page.to_owned(), heading));
    }
    let folder = if is_published { Path::new("") } else { Path::new(page).parent()? };
    let mut target = PathBuf::new();
    for part in folder.join(path).components() {
        match part {
            Component::ParentDir => _ = target.pop(),
            part => target.push(part),
        }
    }
    Some((target.to_str()?.to_owned(), heading))
}

/// Returns the targets of the links in a text, outside of blocks of code.
fn links(text: &str) -> impl Iterator<Item = &str> {
    prose(text).flat_map(|line| line.split("](").skip(1)).filter_map(|rest| Some(rest.split_once(')')?.0))
}

/// Returns the anchors of the headings, spelt as GitHub spells them.
fn anchors(text: &str) -> HashSet<String> {
    let mut times: HashMap<String, usize> = HashMap::new();
    let headings = prose(text).filter(|line| line.starts_with('#'));
    let anchors = headings.map(|heading| {
        let title = without_targets(heading.trim_start_matches('#').trim()).to_lowercase();
        let letters = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ' '));
        let anchor: String = letters.map(|c| if c == ' ' { '-' } else { c }).collect();
        let time = times.entry(anchor.clone()).or_default();
        *time += 1;
        if *time == 1 { anchor } else { format!("{anchor}-{}", *time - 1) }
    });
    anchors.collect()
}

/// Returns a heading with the text of its links, and without their targets.
fn without_targets(heading: &str) -> String {
    let mut parts = heading.split("](");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once(')').map_or(part, |(_, rest)| rest))
}

/// Returns the lines that stand in no block of code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(texts: &[(&str, &str)]) -> BTreeMap<String, String> {
        texts.iter().map(|(page, text)| ((*page).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn a_link_must_lead_to_a_file_and_a_heading() {
        let pages = pages(&[
            ("README.md", "[a](docs/a.md#two-words) [code](src/x.rs) [out](https://example.com/x)"),
            (
                "docs/a.md",
                "# Two `words`\n## Again\n## Again\n[up](../README.md) [here](#again-1)\n```\n[no](no.md)\n```",
            ),
        ]);
        let exists = |path: &str| ["README.md", "docs/a.md", "src/x.rs"].contains(&path);
        assert_eq!(faults(&pages, exists), Vec::<String>::new());

        let mut wrong = pages.clone();
        wrong.insert("README.md".into(), format!("[a](docs/b.md) [b]({PUBLISHED}docs/a.md#three)"));
        assert_eq!(faults(&wrong, exists).len(), 2, "{:?}", faults(&wrong, exists));
    }

    #[test]
    fn a_page_that_no_link_leads_to_is_found() {
        let pages =
            pages(&[("README.md", "[a](a.md)"), ("a.md", "[b](b.md)"), ("b.md", ""), ("c.md", "[a](a.md)")]);
        assert_eq!(unreachable(&pages), BTreeSet::from(["c.md"]));
    }
}
