//! The only place that asks for randomness. The operating system is the only source.

use crate::error::Error;

/// Returns `N` random bytes from the operating system.
///
/// # Errors
/// [`Error::Randomness`] if the operating system cannot provide them. There is no fallback.
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
    fn a_million_random_values_are_all_different() {
        let values: HashSet<[u8; 16]> = (0..1_000_000).map(|_| super::bytes().unwrap()).collect();
        assert_eq!(values.len(), 1_000_000);
    }
}
