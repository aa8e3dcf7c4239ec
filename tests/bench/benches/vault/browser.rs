//! Starts a browser with ordinary settings and without a window.

use std::{
    ffi::OsString,
    fs,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

/// Flags that keep Chromium from background work.
const CHROMIUM: [&str; 8] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
];

/// Preferences that keep Firefox from background work; it reads them from its profile.
const FIREFOX: &str = r#"
user_pref("app.normandy.enabled", false);
user_pref("app.update.enabled", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
"#;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Browser {
    Chromium,
    Firefox,
}

impl Browser {
    /// The environment variable with the path of the browser.
    pub(crate) fn variable(self) -> &'static str {
        match self {
            Self::Chromium => "CHROMIUM",
            Self::Firefox => "FIREFOX",
        }
    }

    /// Starts the browser with a fresh profile on a page. The browser ends when the result is dropped.
    pub(crate) fn open(self, program: OsString, url: &str) -> Running {
        let profile = tempfile::tempdir().expect("there is room for a profile");
        let mut command = Command::new(program);
        match self {
            Self::Chromium => {
                let mut folder = OsString::from("--user-data-dir=");
                folder.push(profile.path());
                command.args(CHROMIUM).arg(folder)
            }
            Self::Firefox => {
                fs::write(profile.path().join("user.js"), FIREFOX).expect("there is room for a file");
                command.args(["-headless", "-no-remote", "-profile"]).arg(profile.path())
            }
        };
        command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Running { process: command.spawn().expect("the browser starts"), _profile: profile }
    }
}

/// A browser whose processes all end with the first one.
pub(crate) struct Running {
    process: Child,
    _profile: TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
