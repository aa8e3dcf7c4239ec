//! The purpose for which a page loads the injected script. The query of the URL names it.

use serde::Deserialize;
use serde_json::json;

use super::victim_app::VictimApp;

/// An attempt of the matrix, a step of the guided attack, or neither.
#[derive(Deserialize)]
pub(super) struct Purpose {
    /// `<run>.<number>` of an attempt.
    attempt: Option<String>,
    /// `<step>.<application>` of the guided attack.
    step: Option<String>,
}

impl Purpose {
    /// Returns the run and the number of the attempt.
    pub(super) fn attempt(&self) -> Option<(&str, usize)> {
        let (run, number) = self.attempt.as_ref()?.rsplit_once('.')?;
        Some((run, number.parse().ok()?))
    }

    /// Returns the step of the guided attack, and the application under attack.
    pub(super) fn step(&self) -> Option<(u8, VictimApp)> {
        let (step, app) = self.step.as_ref()?.split_once('.')?;
        Some((step.parse().ok()?, serde_json::from_value(json!(app)).ok()?))
    }

    /// Returns the query that says this purpose, with nothing in it that HTML could take for markup.
    pub(super) fn query(&self) -> Option<String> {
        match (&self.attempt, &self.step) {
            (Some(attempt), _) => Some(format!("attempt={}", plain(attempt))),
            (None, Some(step)) => Some(format!("step={}", plain(step))),
            (None, None) => None,
        }
    }

    /// Returns the page with the injected script before the page's own scripts, if there is something to do for it.
    pub(super) fn inject_into(&self, page: &str) -> String {
        let Some(query) = self.query() else { return page.to_owned() };
        page.replacen("<head>", &format!("<head><script src=\"/lab/injected.js?{query}\"></script>"), 1)
    }
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || ".-".contains(*c)).collect()
}
