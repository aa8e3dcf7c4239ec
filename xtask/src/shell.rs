//! Running other programs, with plain words about what runs and what went wrong.

use std::{
    env, fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

/// Names another folder with a copy of the workspace, to work on that.
pub(crate) const ROOT: &str = "SYMBOLON_ROOT";

/// The workspace's folder.
pub(crate) fn root() -> PathBuf {
    let own =
        || Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_owned();
    env::var_os(ROOT).map_or_else(own, PathBuf::from)
}

/// One line of progress.
pub(crate) fn say(what: &str) {
    println!("· {what}");
}

/// A program, started in the workspace's folder.
pub(crate) fn program(name: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.args(arguments).current_dir(root());
    command
}

pub(crate) fn cargo(arguments: &[&str]) -> Command {
    program(env::var_os("CARGO").unwrap_or("cargo".into()), arguments)
}

/// A tool that npm installed.
pub(crate) fn npm_tool(name: &str, arguments: &[&str]) -> Command {
    program(root().join("node_modules/.bin").join(name), arguments)
}

/// Runs it and lets its output through.
pub(crate) fn run(what: &str, command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("{what}: cannot start {}", command.get_program().display()))?;
    if status.success() { Ok(()) } else { bail!("{what} failed ({status})") }
}

/// Runs it silently, and shows its output only when it fails.
pub(crate) fn run_quietly(what: &str, command: &mut Command) -> Result<()> {
    let output = command
        .output()
        .with_context(|| format!("{what}: cannot start {}", command.get_program().display()))?;
    if output.status.success() {
        return Ok(());
    }
    bail!("{what} failed ({}):\n{}", output.status, text(&output))
}

/// Runs it silently and gives it up after `deadline`.
pub(crate) fn run_within(deadline: Duration, what: &str, command: &mut Command) -> Result<()> {
    let mut child =
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().with_context(|| what.to_owned())?;
    let started = Instant::now();
    loop {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => bail!("{what} failed ({status})"),
            None if started.elapsed() > deadline => {
                child.kill()?;
                child.wait()?;
                bail!("{what} took longer than {} s", deadline.as_secs());
            }
            None => thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// Returns what the command prints, or `None` if it cannot be started or fails.
pub(crate) fn output_of(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The program of this name on the search path, or where Debian keeps what only administrators have on theirs.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let folders = env::split_paths(&path).chain(["/usr/sbin".into()]);
    folders.map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Writes a file only when that changes it, so that nothing is built again for the same content.
pub(crate) fn write_if_changed(path: &Path, content: &[u8]) -> Result<()> {
    match fs::read(path) {
        Ok(old) if old == content => return Ok(()),
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, content).with_context(|| path.display().to_string())
}
