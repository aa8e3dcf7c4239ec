//! The applications that are attacked.

use serde::{Deserialize, Serialize};
use serde_json::json;

/// One small application, with its session kept in four ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum VictimApp {
    /// Keeps a JWT in localStorage, as tutorials do.
    LocalStorage,
    /// Keeps a JWT in a variable, and gets the next one with a refresh cookie.
    Memory,
    /// The bank, as it is served.
    Symbolon,
    /// The bank, without a Content Security Policy on its page.
    SymbolonWithoutPolicy,
}

impl VictimApp {
    pub(super) const ALL: [Self; 4] =
        [Self::LocalStorage, Self::Memory, Self::Symbolon, Self::SymbolonWithoutPolicy];

    /// Returns the number of the lane. Applications on one origin share a lane, so that only one attack is under way
    /// on an origin.
    pub(super) fn lane(self) -> usize {
        match self {
            Self::LocalStorage => 0,
            Self::Memory => 1,
            Self::Symbolon | Self::SymbolonWithoutPolicy => 2,
        }
    }

    pub(super) fn is_weak(self) -> bool {
        matches!(self, Self::LocalStorage | Self::Memory)
    }

    /// Returns the name that URLs and JSON use.
    pub(super) fn name(self) -> String {
        json!(self).as_str().unwrap_or_default().to_owned()
    }
}
