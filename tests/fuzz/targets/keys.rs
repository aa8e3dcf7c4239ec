//! Fuzzes the reader of root keys: a key ring has no key that is too short, and no error shows a key.

#![no_main]

use libfuzzer_sys::fuzz_target;
use symbolon_server::SigningKeys;

/// The length of the shortest key, in characters: 32 bytes in base64url.
const SHORTEST: usize = 43;

/// A length in characters that no word of an error has. A longer word is part of a key.
const LONGER_THAN_WORDS: usize = 22;

fuzz_target!(|text: &str| {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let entries = lines.flat_map(|line| line.split(',')).map(str::trim);
    let entries: Vec<_> = entries.filter(|entry| !entry.is_empty()).collect();
    match SigningKeys::parse(text) {
        Ok(ring) => {
            assert_eq!(ring.ids().count(), entries.len());
            for entry in entries {
                let key = entry.split(';').next().unwrap_or_default().trim();
                assert!(key.len() >= SHORTEST, "a key of {} characters", key.len());
            }
            assert!(!format!("{ring:?}").contains(text.trim()));
        }
        Err(error) => {
            let said = format!("{error} {error:?}");
            let mut words = text.split(|c: char| !c.is_ascii_graphic());
            let shown = words.any(|word| word.len() >= LONGER_THAN_WORDS && said.contains(word));
            assert!(!shown, "the error shows the key");
        }
    }
});
