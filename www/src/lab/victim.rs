//! Whom attacks are tried on.

use serde::{Deserialize, Serialize};

/// The same small application, four times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Victim {
    /// Keeps a JWT where tutorials keep it.
    LocalStorage,
    /// Keeps a JWT in a variable, and gets the next one for a cookie.
    Memory,
    /// The bank, as it is served.
    Symbolon,
    /// The bank, and nothing of a policy on its page.
    SymbolonWithoutPolicy,
}

impl Victim {
    pub(super) const ALL: [Self; 4] =
        [Self::LocalStorage, Self::Memory, Self::Symbolon, Self::SymbolonWithoutPolicy];

    /// Those on one origin come one after another, so that what is heard of it is of one attack.
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
}
