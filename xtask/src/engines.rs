//! The browsers that tests and benchmarks drive.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::{
    debian::found_or_installed,
    shell::{find, say},
};

/// A browser engine, as `--engine` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
    WebKit,
}

impl Engine {
    pub(crate) const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::WebKit];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
        }
    }
}

/// Where the browsers are.
#[derive(Default)]
pub(crate) struct Browsers {
    chromium: Option<PathBuf>,
    firefox: Option<PathBuf>,
    webkit: Option<WebKit>,
}

/// A driver that starts its own browser, and a screen for that browser, which has no headless mode.
struct WebKit {
    driver: PathBuf,
    xvfb: PathBuf,
}

impl Browsers {
    /// Finds the browsers, and installs those of the wanted engines that are missing.
    pub(crate) fn set_up(wanted: &[Engine]) -> Result<Self> {
        let mut browsers = Self { chromium: chromium(), firefox: firefox(), webkit: webkit() };
        for engine in wanted {
            match engine {
                Engine::Chromium => {
                    browsers.chromium = Some(found_or_installed("Chromium", &["chromium"], chromium)?);
                }
                Engine::Firefox => {
                    browsers.firefox = Some(found_or_installed("Firefox", &["firefox-esr"], firefox)?);
                }
                Engine::WebKit if cfg!(target_os = "linux") => {
                    let packages = ["webkit2gtk-driver", "xvfb"];
                    let webkit = found_or_installed("WebKitGTK's driver and Xvfb", &packages, webkit)?;
                    browsers.webkit = Some(webkit);
                }
                Engine::WebKit => say("the tests skip WebKit, because WebKitGTK exists on Linux only"),
            }
        }
        Ok(browsers)
    }

    /// Puts the paths into the environment of a program that drives the browsers.
    pub(crate) fn put_into(&self, command: &mut Command) {
        let webkit = self.webkit.as_ref();
        for (variable, path) in [
            ("CHROMIUM", self.chromium.as_ref()),
            ("FIREFOX", self.firefox.as_ref()),
            ("WEBKIT_DRIVER", webkit.map(|webkit| &webkit.driver)),
            ("XVFB", webkit.map(|webkit| &webkit.xvfb)),
        ] {
            command.envs(path.map(|path| (variable, path)));
        }
    }
}

fn chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(find)
}

fn firefox() -> Option<PathBuf> {
    ["firefox-esr", "firefox"].into_iter().find_map(find)
}

fn webkit() -> Option<WebKit> {
    Some(WebKit { driver: find("WebKitWebDriver")?, xvfb: find("Xvfb")? })
}
