//! The guided attack in seven steps: does each step, and reports in plain words what the servers saw.

use std::time::Duration;

use serde::Serialize;
use tokio::time::timeout;

use super::{Lab, victim_app::VictimApp, weak_app::PERSON};

/// How long a step waits for a window that is still busy.
const STEP_TIMEOUT: Duration = Duration::from_secs(15);

/// How far the guided attack on one application is.
#[derive(Default)]
pub(super) struct Progress {
    is_injected: bool,
    has_signed_in: bool,
    has_run: bool,
    issued_before: u32,
    /// Everything that looks like a token in what the attacker's server got. `None` until something arrived.
    tokens: Option<Vec<String>>,
}

/// The outcome of a step, and what the page says of it.
#[derive(Serialize)]
pub(super) struct Report {
    outcome: Outcome,
    said: String,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    /// The step is done.
    Done,
    /// The attacker got nothing.
    Nothing,
    /// The attacker got what they wanted.
    Taken,
    /// A step before this one is not done.
    Waiting,
}

impl Outcome {
    /// Returns `Done` if the step is done, else `Waiting`.
    fn when(is_done: bool) -> Self {
        if is_done { Self::Done } else { Self::Waiting }
    }
}

impl Lab {
    /// Notes that a window has reached a step.
    pub(super) fn reached(&self, app: VictimApp, step: u8) {
        let mut guided = self.guided();
        let progress = &mut guided[app as usize];
        match step {
            2 => progress.has_signed_in = true,
            _ => progress.has_run = true,
        }
        drop(guided);
        self.notify();
    }

    /// Notes what a window has brought to the attacker's server. Returns the page that the window shows then.
    pub(super) fn arrived(&self, app: VictimApp, tokens: Vec<String>) -> String {
        let what = if tokens.is_empty() {
            "The script found no token to bring."
        } else {
            "The script brought a token. The person saw only that the page changed."
        };
        let progress = &mut self.guided()[app as usize];
        progress.has_run = true;
        progress.tokens = Some(tokens);
        self.notify();
        include_str!("../../web/lab/arrived.html").replace("{{what}}", what)
    }

    /// Begins the guided attack anew, and deletes its comments.
    pub(super) fn reset_guided_attack(&self) {
        for (weak_app, _) in &self.0.weak_apps {
            weak_app.delete_notes(|note| note.author == GUEST);
        }
        *self.guided() = <[Progress; 4]>::default();
    }

    /// Does a step, or reports what came of it. `None` if there is no such step.
    pub(super) async fn step(&self, app: VictimApp, step: u8) -> Option<Report> {
        Some(match step {
            1 => self.inject(app),
            2 => self.signed_in(app).await,
            3 => self.issued(app),
            4 => self.opened(app).await,
            5 => self.script_ran(app).await,
            6 => self.delivered(app).await,
            7 => self.used(app).await,
            _ => return None,
        })
    }

    fn inject(&self, app: VictimApp) -> Report {
        let mut progress = Progress { is_injected: true, ..Progress::default() };
        let said = if let Some(weak_app) = self.weak_app(app) {
            progress.issued_before = weak_app.issued();
            let script = format!("/lab/injected.js?step=4.{}", app.name());
            let load = format!(
                "document.head.append(Object.assign(document.createElement('script'),{{src:'{script}'}}))"
            );
            weak_app.delete_notes(|note| note.author == GUEST);
            weak_app.write(
                GUEST,
                &format!(r#"What a lovely bank! <img src="x" alt="" hidden onerror="{load}">"#),
            );
            "A guest wrote “What a lovely bank!” into the guest book. The comment contains markup that loads the attacker's \
             script. This application shows comments as markup, so the script will run."
        } else {
            "The bank shows comments as text, so a comment cannot bring a script in. To show what a script could do that got \
             in some other way, the lab puts the attacker's script into the bank's page itself."
        };
        self.guided()[app as usize] = progress;
        Report { outcome: Outcome::Done, said: said.to_owned() }
    }

    async fn signed_in(&self, app: VictimApp) -> Report {
        let outcome = Outcome::when(self.waits(app, |progress| progress.has_signed_in).await);
        let said = match outcome {
            Outcome::Done => format!("{PERSON}, an admin, has signed in, in a window of her own."),
            _ => format!("Nobody has signed in yet. {WINDOWS}"),
        };
        Report { outcome, said }
    }

    fn issued(&self, app: VictimApp) -> Report {
        let is_issued = match self.weak_app(app) {
            Some(weak_app) => weak_app.issued() != self.guided()[app as usize].issued_before,
            None => self.guided()[app as usize].has_signed_in,
        };
        let said = match app {
            _ if !is_issued => {
                "The server has issued no token yet, because the admin has not signed in. Do step 2 first."
            }
            VictimApp::LocalStorage => {
                "The server issued a token, and the page stored it in localStorage. Anybody with a copy of it can act as ann, \
                 from any computer, until it expires."
            }
            VictimApp::Memory => {
                "The server issued a token, and the page keeps it in a variable. Anybody with a copy of it can act as ann, \
                 from any computer, until it expires."
            }
            VictimApp::Symbolon | VictimApp::SymbolonWithoutPolicy => {
                "The server split the session in two halves. The cookie half is in an HttpOnly cookie, which no script can \
                 read. The token half went to a worker, encrypted so that only this worker can read it. The page got neither."
            }
        };
        Report { outcome: Outcome::when(is_issued), said: said.to_owned() }
    }

    async fn opened(&self, app: VictimApp) -> Report {
        let outcome = Outcome::when(self.waits(app, |progress| progress.has_run).await);
        let said = match outcome {
            Outcome::Done => "ann opened the page, and the page loaded the attacker's script.".to_owned(),
            _ => format!("The page has not been opened since step 1. {WINDOWS}"),
        };
        Report { outcome, said }
    }

    async fn script_ran(&self, app: VictimApp) -> Report {
        let outcome = Outcome::when(self.waits(app, |progress| progress.tokens.is_some()).await);
        let said = match outcome {
            Outcome::Done => {
                "The script searched every storage and variable, listened to every request and message, and asked the server \
                 for a token. Then it navigated the page to the attacker's server, with everything that looks like a token in \
                 the URL. A Content Security Policy cannot forbid that."
            }
            _ => "The script has not run yet. Do steps 1, 2 and 4 first.",
        };
        Report { outcome, said: said.to_owned() }
    }

    async fn delivered(&self, app: VictimApp) -> Report {
        self.waits(app, |progress| progress.tokens.is_some()).await;
        let tokens = self.guided()[app as usize].tokens.clone();
        let (outcome, said) = match tokens {
            Some(tokens) if !tokens.is_empty() => {
                (Outcome::Taken, "The attacker's server has a token of ann's.")
            }
            Some(_) => (
                Outcome::Nothing,
                "The attacker's server got everything that the script found. There is no token in it.",
            ),
            None => (Outcome::Waiting, NOTHING_ARRIVED),
        };
        Report { outcome, said: said.to_owned() }
    }

    async fn used(&self, app: VictimApp) -> Report {
        let tokens = self.guided()[app as usize].tokens.clone();
        for token in tokens.iter().flatten() {
            if let Some((200, _)) = self.use_token(app, token).await {
                let said = "Another client, without ann's browser and cookies, asked the application who it is. The answer \
                            was: ann, admin. The attacker can act as ann now, even after she closes the page.";
                return Report { outcome: Outcome::Taken, said: said.to_owned() };
            }
        }
        let (outcome, said) = match tokens {
            None => (Outcome::Waiting, NOTHING_ARRIVED),
            Some(tokens) if tokens.is_empty() => (
                Outcome::Nothing,
                "The attacker has no token to use. While the page was open, the script could act as ann through it. That \
                 ended when the page was closed.",
            ),
            Some(_) => (Outcome::Nothing, "The application refused what the attacker has."),
        };
        Report { outcome, said: said.to_owned() }
    }

    /// Waits until the attack has begun and `is_so` holds. Returns whether that happened in time.
    async fn waits(&self, app: VictimApp, is_so: impl Fn(&Progress) -> bool) -> bool {
        let mut changes = self.0.changed.subscribe();
        let is_so = || {
            let guided = self.guided();
            guided[app as usize].is_injected && is_so(&guided[app as usize])
        };
        let becomes_so = async {
            while !is_so() {
                if changes.changed().await.is_err() {
                    break;
                }
            }
        };
        timeout(STEP_TIMEOUT, becomes_so).await.is_ok()
    }
}

/// The author of the comment that brings the script in.
const GUEST: &str = "a guest";
const NOTHING_ARRIVED: &str = "Nothing has arrived at the attacker's server yet. Do steps 1, 2 and 4 first.";
const WINDOWS: &str = "If no window opened, allow this page to open windows, and press the button again.";
