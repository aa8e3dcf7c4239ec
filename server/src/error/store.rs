//! Why a store failed.

/// A store's failure, with its cause. After this error, treat the outcome as unknown: a write may or may not have
/// happened.
///
/// ```
/// # use symbolon_server::error::StoreError;
/// let error = StoreError::new("connection refused");
/// assert_eq!(error.to_string(), "connection refused");
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl StoreError {
    /// Wraps a store's own error.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}
