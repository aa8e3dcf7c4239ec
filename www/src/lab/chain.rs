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
    outcome: Outcome,
    said: String,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Done,
    /// The attacker got nothing from it.
    Nothing,
    /// The attacker got what they wanted.
    Taken,
    /// Something has to happen first.
    Waiting,
}

impl Outcome {
    /// `Done` when this is so, and `Waiting` until then.
    fn when(is_so: bool) -> Self {
        if is_so { Self::Done } else { Self::Waiting }
    }
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

    /// Takes out what was planted.
    pub(super) fn clear_chains(&self) {
        for (weak, _) in &self.0.weak {
            weak.forget(|note| note.author == GUEST);
        }
        *self.chains() = <[Chain; 4]>::default();
    }

    /// Does one step, or says what came of it; `None` when there is no such step.
    pub(super) async fn step(&self, victim: Victim, step: u8) -> Option<Told> {
        Some(match step {
            1 => self.plant(victim),
            2 => self.signed_in(victim).await,
            3 => self.issued(victim),
            4 => self.opened(victim).await,
            5 => self.script_ran(victim).await,
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
        Told { outcome: Outcome::Done, said: said.to_owned() }
    }

    async fn signed_in(&self, victim: Victim) -> Told {
        let outcome = Outcome::when(self.waits(victim, |chain| chain.has_signed_in).await);
        let said = match outcome {
            Outcome::Done => format!("{PERSON}, who is an admin, has signed in, in a window of her own."),
            _ => format!("Nobody has signed in yet. {WINDOWS}"),
        };
        Told { outcome, said }
    }

    fn issued(&self, victim: Victim) -> Told {
        let is_issued = match self.weak(victim) {
            Some(weak) => weak.issued() != self.chains()[victim as usize].issued_before,
            None => self.chains()[victim as usize].has_signed_in,
        };
        let said = match victim {
            _ if !is_issued => "The server has issued no token yet: the admin has to sign in.",
            Victim::LocalStorage => {
                "The server has issued a token, and the page has put it into localStorage. Whoever has that text is ann, \
                 from any computer, until it expires."
            }
            Victim::Memory => {
                "The server has issued a token, and the page keeps it in a variable. Whoever has that text is ann, from any \
                 computer, until it expires."
            }
            Victim::Symbolon | Victim::SymbolonWithoutPolicy => {
                "The server has broken the session in two. The cookie half is where no script can read it. The token half \
                 went to a worker, sealed so that only that worker can open it. The page got neither."
            }
        };
        Told { outcome: Outcome::when(is_issued), said: said.to_owned() }
    }

    async fn opened(&self, victim: Victim) -> Told {
        let outcome = Outcome::when(self.waits(victim, |chain| chain.has_run).await);
        let said = match outcome {
            Outcome::Done => {
                "ann has opened the page, and the attacker's script has been loaded with it.".to_owned()
            }
            _ => format!("The page has not been opened since the script was planted. {WINDOWS}"),
        };
        Told { outcome, said }
    }

    async fn script_ran(&self, victim: Victim) -> Told {
        let outcome = Outcome::when(self.waits(victim, |chain| chain.tokens.is_some()).await);
        let said = match outcome {
            Outcome::Done => {
                "The script has searched every storage and variable, listened in on every request and message, and asked the \
                 server for a token. Then it made the page go to the attacker's server, with everything that looks like a \
                 token in the address: no policy can forbid that."
            }
            _ => "The script has not run yet: plant it, and have the admin open the page.",
        };
        Told { outcome, said: said.to_owned() }
    }

    async fn sent(&self, victim: Victim) -> Told {
        self.waits(victim, |chain| chain.tokens.is_some()).await;
        let tokens = self.chains()[victim as usize].tokens.clone();
        let (outcome, said) = match tokens {
            Some(tokens) if !tokens.is_empty() => (Outcome::Taken, "The attacker's server has ann's token."),
            Some(_) => (
                Outcome::Nothing,
                "The attacker's server was sent all that the script found, and there is no token in it.",
            ),
            None => (Outcome::Waiting, "Nothing has come to the attacker's server yet."),
        };
        Told { outcome, said: said.to_owned() }
    }

    async fn used(&self, victim: Victim) -> Told {
        let tokens = self.chains()[victim as usize].tokens.clone();
        for token in tokens.iter().flatten() {
            if let Some((200, _)) = self.uses(victim, token).await {
                let said = "Another client, without ann's browser and cookies, has asked the application who it is, and was \
                            told: ann, admin. The attacker is ann now, and stays it when she closes the page.";
                return Told { outcome: Outcome::Taken, said: said.to_owned() };
            }
        }
        let (outcome, said) = match tokens {
            None => (Outcome::Waiting, "Nothing has come to the attacker's server yet."),
            Some(tokens) if tokens.is_empty() => (
                Outcome::Nothing,
                "There is nothing to use: the attacker has no token. While the page was open, the script could act through \
                 it, as ann; when she closes it, that is over.",
            ),
            Some(_) => (Outcome::Nothing, "The application has refused what the attacker has."),
        };
        Told { outcome, said: said.to_owned() }
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
const WINDOWS: &str = "Did a window open? Your browser may have to be told to allow it.";
