//! The browser and the system of a client.

use http::{HeaderMap, header::USER_AGENT};

/// Returns the families of browser and system that a request's `User-Agent` names, such as "Firefox on Linux".
///
/// They are enough for people to recognise their own devices, and too little to identify a person (ASVS 5.0, 14.1.1).
pub(crate) fn browser_of(headers: &HeaderMap) -> String {
    family_of(headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default())
}

fn family_of(user_agent: &str) -> String {
    let first_of = |names: &[(&str, &str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| (*name).to_owned())
    };
    // Browsers also name the browsers they descend from, so the order matters.
    let browser = first_of(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first_of(&[
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("iPad", "iOS"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name,
        (None, None) => "an unknown browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Covers: P-02
    #[test]
    fn of_a_user_agent_only_the_families_are_kept() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.8078.79 Safari/537.36";
        assert_eq!(family_of(chrome), "Chrome on Linux");
        assert_eq!(
            family_of("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/605.1"),
            "Safari on iOS"
        );
        assert_eq!(family_of("curl/8"), "an unknown browser");
    }
}
