//! The npm package: a tarball that has the same bytes wherever it is made.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

use crate::{
    build,
    package::{self, Entry},
    setup,
    shell::{ROOT, output_of, program, root, run_quietly, say, write_if_changed},
    wasm,
};

/// Builds everything, and packs it.
pub(crate) fn build_and_pack() -> Result<PathBuf> {
    build(&setup::for_building()?)?;
    let tarball = pack()?;
    say(&format!("packed {}", tarball.display()));
    Ok(tarball)
}

/// Packs the npm package, which has been built.
pub(crate) fn pack() -> Result<PathBuf> {
    let (source, stage) = (package::folder(), root().join("target/npm/package"));
    if stage.exists() {
        fs::remove_dir_all(&stage)?;
    }
    let entries = package::entries()?;
    let mut files = declarations(&entries)?;
    files.extend(["package.json", "README.md"].map(PathBuf::from));
    for script in entries.iter().map(Entry::script) {
        files.extend([format!("{script}.map"), script].map(PathBuf::from));
    }
    for file in files {
        copy(&source.join(&file), &stage.join(&file))?;
    }
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        copy(&root().join(licence), &stage.join(licence))?;
    }
    copy(&wasm::module(), &stage.join("dist/vault.wasm"))?;

    // npm gives every file the same date and owner, so that tarballs differ only where files do.
    let mut pack = program("npm", &["pack", "--silent", "--ignore-scripts", "--pack-destination", ".."]);
    let name = output_of(pack.current_dir(&stage)).context("npm pack failed")?;
    Ok(root().join("target/npm").join(name))
}

/// The declarations that whoever imports an entry point comes across, and no others.
pub(crate) fn declarations(entries: &[Entry]) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut open: Vec<PathBuf> =
        entries.iter().filter_map(|entry| entry.declaration.as_ref()).map(PathBuf::from).collect();
    while let Some(file) = open.pop() {
        let text =
            fs::read_to_string(package::folder().join(&file)).with_context(|| file.display().to_string())?;
        let folder = file.parent().context("declarations lie in a folder")?.to_owned();
        if found.insert(file) {
            open.extend(imports(&text).map(|import| beside(&folder, &import)));
        }
    }
    Ok(found)
}

/// Returns the files that a declaration imports from, of its own package.
fn imports(text: &str) -> impl Iterator<Item = String> {
    let code = text.lines().filter(|line| !is_comment(line));
    let strings = code.flat_map(|line| line.split(['\'', '"']).skip(1).step_by(2));
    let own = strings.filter(|path| path.starts_with("./") || path.starts_with("../"));
    own.filter_map(|path| Some(format!("{}.d.ts", path.strip_suffix(".ts")?)))
}

/// Returns the path of an import, seen from where the folder's path starts.
fn beside(folder: &Path, import: &str) -> PathBuf {
    let mut path = folder.to_owned();
    for part in import.split('/') {
        match part {
            "." => {}
            ".." => {
                path.pop();
            }
            part => path.push(part),
        }
    }
    path
}

/// Whether a line of a declaration is a comment. Comments have lines of their own there.
pub(crate) fn is_comment(line: &str) -> bool {
    ["/*", "*", "//"].iter().any(|mark| line.trim_start().starts_with(mark))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(from, to).with_context(|| from.display().to_string())?;
    Ok(())
}

/// Makes the tarball once more, of a copy of the sources in another folder, and compares.
pub(crate) fn check(tarball: &Path) -> Result<()> {
    say("packing the npm package once more, in another folder");
    let elsewhere = root().join("target/elsewhere/checkout");
    let mut list = program("git", &["ls-files", "--cached", "--others", "--exclude-standard"]);
    let files = output_of(&mut list).context("git does not list the files: is this a clone?")?;
    for file in files.lines().filter(|file| root().join(file).exists()) {
        // Only what has changed, so that little is compiled again.
        write_if_changed(&elsewhere.join(file), &fs::read(root().join(file))?)?;
    }
    for tools in ["node_modules", "target/wasm-toolchain"] {
        borrow(&root().join(tools), &elsewhere.join(tools))?;
    }
    let mut dist = program(env::current_exe()?, &["dist"]);
    run_quietly("packing elsewhere", dist.env(ROOT, &elsewhere))?;
    let name = tarball.file_name().context("a tarball has a name")?;
    ensure!(
        fs::read(tarball)? == fs::read(elsewhere.join("target/npm").join(name))?,
        "the same sources in another folder make another npm package: compare {} and {}",
        root().join("target/npm/package").display(),
        elsewhere.join("target/npm/package").display()
    );
    Ok(())
}

fn borrow(from: &Path, to: &Path) -> Result<()> {
    if !from.exists() || to.exists() {
        return Ok(());
    }
    fs::create_dir_all(to.parent().context("it lies in a folder")?)?;
    #[cfg(unix)]
    std::os::unix::fs::symlink(from, to)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_lead_to_their_neighbours_and_to_no_other_package() {
        let text = "import type { A } from './a.ts';\nexport { b } from \"./deep/b.ts\";\nimport { c } from 'vue';\n\
            import type { D } from '../d.ts';\nimport '../../e.ts';\ntype F = import('./f.ts').F;";
        let found: Vec<_> = imports(text).collect();
        assert_eq!(found, ["./a.d.ts", "./deep/b.d.ts", "../d.d.ts", "../../e.d.ts", "./f.d.ts"]);
    }

    #[test]
    fn a_declaration_has_one_path_from_wherever_it_is_imported() {
        let path = |folder, import| beside(Path::new(folder), import).to_string_lossy().into_owned();
        assert_eq!(path("dist/deep", "../a.d.ts"), "dist/a.d.ts");
        assert_eq!(path("dist", "./deep/../a.d.ts"), "dist/a.d.ts");
        assert_eq!(path("dist", "./deep/b.d.ts"), "dist/deep/b.d.ts");
    }
}
