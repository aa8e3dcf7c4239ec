//! Mutual exclusion: within this tab, and among all tabs of the browser.

/// Turns of two kinds: within this tab, and among all tabs of the browser, which share its cookies.
#[expect(async_fn_in_trait, reason = "a worker has one thread, and so have the tests")]
pub trait Turns {
    /// A turn. Dropping it ends the turn.
    type Turn;

    /// Waits for the turn within this tab. Turns come in the order of the calls.
    async fn in_tab(&self) -> Self::Turn;

    /// Waits until no other tab renews its token, but only for bounded time.
    ///
    /// So a tab that hangs, or script that holds the lock, stops nobody. Turns among tabs only save work: the server
    /// decides whether a refresh is allowed.
    async fn among_tabs(&self) -> Self::Turn;
}
