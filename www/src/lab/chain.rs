//! The guided chain, in seven steps: what happened in each, in plain words, as the servers have it.

use std::time::Duration;

use serde::Serialize;
use tokio::time::timeout;

use super::{Lab, desk::name, victim::Victim, weak::PERSON};

/// How long a step waits for what a window is still doing.
const PATIENCE: Duration = Duration::from_secs(15);

/// How far the chain is with one victim.
#[derive(Default)]
pub(super) struct Chain {
    is_planted: bool,
    has_signed_in: bool,
    has_run: bool,
    issued_before: u32,
    /// What looked like a token in what the attacker was sent; `None` until something was sent.
    tokens: Option<Vec<String>>,
}

/// What happened in a step.
#[derive(Serialize)]
pub(super) struct Told {
    /// Whether the attacker got what they wanted from it.
    success: bool,
    said: String,
}

impl Lab {
    /// A window says how far it is.
    pub(super) fn saw(&self, victim: Victim, step: u8) {
        let mut chains = self.chains();
        let chain = &mut chains[victim as usize];
        match step {
            2 => chain.has_signed_in = true,
            _ => chain.has_run = true,
        }
        drop(chains);
        self.has_changed();
    }

    /// A window has come with what it found; the page that it is shown.
    pub(super) fn arrived(&self, victim: Victim, tokens: Vec<String>) -> String {
        let what = if tokens.is_empty() {
            "Nothing in it looks like a token."
        } else {
            "A token is in it. The person saw nothing of this but that the page changed."
        };
        let chain = &mut self.chains()[victim as usize];
        chain.has_run = true;
        chain.tokens = Some(tokens);
        self.has_changed();
        include_str!("../../web/lab/arrived.html").replace("{{what}}", what)
    }

    /// Does one step, or says what came of it; `None` when there is no such step.
    pub(super) async fn step(&self, victim: Victim, step: u8) -> Option<Told> {
        Some(match step {
            1 => self.plant(victim),
            2 => self.signed_in(victim).await,
            3 => self.issued(victim),
            4 | 5 => self.script_ran(victim).await,
            6 => self.sent(victim).await,
            7 => self.used(victim).await,
            _ => return None,
        })
    }

    fn plant(&self, victim: Victim) -> Told {
        let mut chain = Chain { is_planted: true, ..Chain::default() };
        let said = if let Some(weak) = self.weak(victim) {
            chain.issued_before = weak.issued();
            let script = format!("/lab/planted.js?chain=4.{}", name(victim));
            let load = format!(
                "document.head.append(Object.assign(document.createElement('script'),{{src:'{script}'}}))"
            );
            weak.forget(|note| note.author == GUEST);
            weak.write(
                GUEST,
                &format!(r#"What a lovely bank! <img src="x" alt="" hidden onerror="{load}">"#),
            );
            "A guest has written “What a lovely bank!” into the guest book, with markup in it that loads the attacker's \
             script. This application shows what guests write as markup, so it will run."
        } else {
            "The bank shows comments as text, so a comment brings no script in. To see what a script could do that got in \
             some other way, the lab puts the attacker's script into the bank's page itself."
        };
        self.chains()[victim as usize] = chain;
        Told { success: true, said: said.to_owned() }
    }

    async fn signed_in(&self, victim: Victim) -> Told {
        let success = self.waits(victim, |chain| chain.has_signed_in).await;
        let said = if success {
            format!("{PERSON}, who is an admin, has signed in, in a window of her own.")
        } else {
            "Nobody has signed in yet. Did a window open? Your browser may have to be told to allow it."
                .to_owned()
        };
        Told { success, said }
    }

    fn issued(&self, victim: Victim) -> Told {
        let (success, said) = match self.weak(victim) {
            Some(weak) if weak.issued() == self.chains()[victim as usize].issued_before => {
                (false, "The server has issued no token yet.")
            }
            Some(_) if victim == Victim::LocalStorage => (
                true,
                "The server has issued a token, and the page has put it into localStorage. Whoever has that text is ann, \
                 from any computer, until it expires.",
            ),
            Some(_) => (
                true,
                "The server has issued a token, and the page keeps it in a variable. Whoever has that text is ann, from any \
                 computer, until it expires.",
            ),
            None => (
                self.chains()[victim as usize].has_signed_in,
                "The server has broken the session in two. The cookie half is where no script can read it. The token half \
                 went to a worker, sealed so that only that worker can open it. The page got neither.",
            ),
        };
        Told { success, said: said.to_owned() }
    }

    async fn script_ran(&self, victim: Victim) -> Told {
        let success = self.waits(victim, |chain| chain.has_run).await;
        let said = if success {
            "The attacker's script has run in ann's page. It searched every storage and variable, listened in on every \
             request, asked the server for a token, and took everything with it that looks like one."
        } else {
            "The script has not run yet: plant it, and have the admin open the page."
        };
        Told { success, said: said.to_owned() }
    }

    async fn sent(&self, victim: Victim) -> Told {
        let has_come = self.waits(victim, |chain| chain.tokens.is_some()).await;
        let tokens = self.chains()[victim as usize].tokens.clone();
        let (success, said) = match tokens {
            Some(tokens) if !tokens.is_empty() => (true, "The attacker's server has ann's token."),
            Some(_) => (false, "The attacker's server was sent what the script found. No token is in it."),
            None => (false, "Nothing has come to the attacker's server yet."),
        };
        debug_assert!(has_come || !success);
        Told { success, said: said.to_owned() }
    }

    async fn used(&self, victim: Victim) -> Told {
        let tokens = self.chains()[victim as usize].tokens.clone().unwrap_or_default();
        for token in &tokens {
            if let Some((200, _)) = self.uses(victim, token).await {
                let said = "Another client, without ann's browser and cookies, has asked the application who it is, and was \
                            told: ann, admin. The attacker is ann now, and stays it when she closes the page.";
                return Told { success: true, said: said.to_owned() };
            }
        }
        let said = if tokens.is_empty() {
            "There is nothing to use: the attacker has no token. When ann closes the page, it is over."
        } else {
            "The application refused what the attacker has."
        };
        Told { success: false, said: said.to_owned() }
    }

    /// Waits for a while until this is so.
    async fn waits(&self, victim: Victim, is_so: impl Fn(&Chain) -> bool) -> bool {
        let mut changes = self.0.changed.subscribe();
        let is_so = || {
            let chains = self.chains();
            chains[victim as usize].is_planted && is_so(&chains[victim as usize])
        };
        let becomes_so = async {
            while !is_so() {
                if changes.changed().await.is_err() {
                    break;
                }
            }
        };
        timeout(PATIENCE, becomes_so).await.is_ok()
    }
}

/// Who plants the script.
const GUEST: &str = "a guest";
