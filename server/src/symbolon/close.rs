//! Closes a server before its process ends.

use super::Symbolon;
use crate::error::Error;

impl Symbolon {
    /// Writes the times of last use that the store does not have yet, and stops nothing. Call it after the last
    /// request, before the process ends.
    ///
    /// ```
    /// # use symbolon_server::{Error, Symbolon};
    /// # async fn stop(symbolon: Symbolon) -> Result<(), Error> {
    /// symbolon.close().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Store`]. The next process then does not know the last seconds of use, so sessions may go idle up to
    /// [`LAST_SEEN_INTERVAL`](crate::config::LAST_SEEN_INTERVAL) too early.
    pub async fn close(&self) -> Result<(), Error> {
        self.write_last_seen().await
    }
}
