//! The one place that asks for randomness: the operating system's, and nothing in its stead.

use crate::error::Error;

/// `N` random bytes.
///
/// # Errors
/// [`Error::Randomness`] when the operating system has none to give; nothing is made up.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(Error::Randomness)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    /// Covers: T-17, K-022
    #[test]
    fn no_value_comes_twice() {
        let values: HashSet<[u8; 16]> = (0..1_000_000).map(|_| super::bytes().unwrap()).collect();
        assert_eq!(values.len(), 1_000_000);
    }
}
