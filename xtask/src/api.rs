//! `docs/api.md`: the types of the npm package, so that no change of them goes unseen.

use std::{fmt::Write, fs};

use anyhow::{Result, ensure};

use crate::{
    dist, package,
    shell::{root, say},
};

const API: &str = "docs/api.md";

/// Writes the page from what has been built, or with `only_check` says whether it is up to date.
pub(crate) fn write(only_check: bool) -> Result<()> {
    let page = render()?;
    let path = root().join(API);
    if only_check {
        let old = fs::read_to_string(path)?;
        ensure!(
            old == page,
            "the npm package has other types than {API} says: run `cargo xtask api`, and look"
        );
        return Ok(());
    }
    fs::write(path, page)?;
    say(&format!("wrote {API}"));
    Ok(())
}

fn render() -> Result<String> {
    let mut page =
        "# The types of the npm package\n\nMade by `cargo xtask api` from the declarations that are \
        published, without their comments. What they mean is in [the client](client.md).\n"
            .to_owned();
    for file in dist::declarations(&package::entries()?)? {
        let text = fs::read_to_string(package::folder().join(&file))?;
        write!(page, "\n## {}\n\n```ts\n", file.display())?;
        for line in text.lines().filter(|line| !dist::is_comment(line)) {
            writeln!(page, "{}", line.trim_end())?;
        }
        page += "```\n";
    }
    Ok(page)
}
