//! Turns a fuzz input into a changed copy of a genuine text.

use crate::genuine;

/// Returns a genuine text with changes. Each change is three bytes of `edits`: its kind, its place, and the new byte.
#[must_use]
pub fn edited(text: &str, edits: &[u8]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    // A token has more places than a byte has values, so the first byte also selects a part of the text.
    for edit in edits.chunks_exact(3) {
        let (kind, part) = (edit[0] % 6, usize::from(edit[0] / 6) % 8);
        let place = (part * 256 + usize::from(edit[1])) % (bytes.len() + 1);
        let is_inside = place < bytes.len();
        match kind {
            0 if is_inside => bytes[place] ^= edit[2],
            1 => bytes.insert(place, edit[2]),
            2 if is_inside => drop(bytes.remove(place)),
            3 => bytes.truncate(place),
            // Once or twice only: a text that doubles with every edit would soon fill the memory.
            4 if bytes.len() <= 2 * text.len() => bytes.extend_from_within(place..),
            5 => bytes.rotate_left(place),
            _ => {}
        }
    }
    bytes
}

/// Returns a text with its placeholders replaced by genuine values: `$T` by the token, `$F`, `$R` and `$V` by the three
/// cookies, `$E`, `$I` and `$S` by the proofs.
#[must_use]
pub fn filled_in(text: &[u8]) -> Vec<u8> {
    let genuine = genuine();
    let mut filled = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let meant = match rest {
            [b'$', b'T', ..] => &genuine.token,
            [b'$', b'F', ..] => &genuine.fingerprint,
            [b'$', b'R', ..] => &genuine.refresh,
            [b'$', b'V', ..] => &genuine.vault,
            [b'$', b'E', ..] => &genuine.enrolment,
            [b'$', b'I', ..] => &genuine.sign_in,
            [b'$', b'S', ..] => &genuine.signature,
            _ => {
                filled.push(*first);
                rest = after;
                continue;
            }
        };
        filled.extend_from_slice(meant.as_bytes());
        rest = &rest[2..];
    }
    filled
}
