//! Compares the server with a small model over random sequences of sign-ins, requests, refreshes, thefts, revocations
//! and pauses.

use proptest::prelude::*;
use symbolon_tests::{Host, PASSWORD, client::Client};
use tokio::runtime::Runtime;

const TOKEN: u64 = 300;
const IDLE: u64 = 600;
const ABSOLUTE: u64 = 1500;
const GRACE: u64 = 10;
/// The number of browsers; the first two belong to one person.
const BROWSERS: usize = 3;
const PEOPLE: [&str; BROWSERS] = ["ann", "ann", "ben"];

#[derive(Clone, Copy, Debug)]
enum Step {
    SignIn(usize),
    Request(usize),
    Refresh(usize),
    /// A thief uses the refresh cookie that was valid before the last refresh.
    ReplayRefreshToken(usize),
    SignOut(usize),
    RevokeAll(usize),
    RevokeEveryone,
    PermissionsChanged(usize),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let browser = 0..BROWSERS;
    prop_oneof![
        2 => browser.clone().prop_map(Step::SignIn),
        6 => browser.clone().prop_map(Step::Request),
        5 => browser.clone().prop_map(Step::Refresh),
        2 => browser.clone().prop_map(Step::ReplayRefreshToken),
        1 => browser.clone().prop_map(Step::SignOut),
        1 => browser.clone().prop_map(Step::RevokeAll),
        1 => Just(Step::RevokeEveryone),
        2 => browser.prop_map(Step::PermissionsChanged),
        6 => prop_oneof![0..15_u64, 250..310_u64, 580..610_u64].prop_map(Step::Wait),
    ]
}

/// The model's state of one browser's session.
#[derive(Clone, Default)]
struct Session {
    began: u64,
    seen: u64,
    over: bool,
    /// Ended by its own id: its tokens are refused as revoked. Tokens of sessions ended otherwise are refused as stale.
    by_name: bool,
    token_ends: u64,
    version: u64,
    /// The time at which the previous refresh token was spent.
    spent_at: Option<u64>,
}

#[derive(Default)]
struct Model {
    now: u64,
    changes: u64,
    person_changed: [u64; BROWSERS],
    everyone_changed: u64,
    sessions: [Option<Session>; BROWSERS],
}

impl Model {
    fn change(&mut self) -> u64 {
        self.changes += 1;
        self.changes
    }

    fn lives(&self, session: &Session) -> bool {
        !session.over && self.now < session.began + ABSOLUTE && self.now < session.seen + IDLE
    }

    fn end(&mut self, browser: usize) {
        let session = self.sessions[browser].as_mut().expect("it was signed in");
        (session.over, session.by_name) = (true, true);
        self.change();
    }

    fn issue(&mut self, browser: usize) {
        let (now, version) = (self.now, self.changes);
        let session = self.sessions[browser].as_mut().expect("it was signed in");
        session.token_ends = (now + TOKEN).min(session.began + ABSOLUTE).min(session.seen + IDLE);
        session.version = version;
    }

    fn sign_in(&mut self, browser: usize) {
        if self.sessions[browser].as_ref().is_some_and(|session| self.lives(session)) {
            self.end(browser);
        }
        self.sessions[browser] = Some(Session { began: self.now, seen: self.now, ..Session::default() });
        self.issue(browser);
    }

    /// Returns the expected verdict on a request.
    fn request(&mut self, browser: usize) -> &'static str {
        let Some(session) = &self.sessions[browser] else { return "sign_in_required" };
        if self.now >= session.token_ends {
            "token_expired"
        } else if session.by_name {
            "sign_in_required"
        } else if self.everyone_changed.max(self.person_changed[person(browser)]) > session.version {
            "token_stale"
        } else {
            let now = self.now;
            self.sessions[browser].as_mut().expect("it was signed in").seen = now;
            ""
        }
    }

    fn refresh(&mut self, browser: usize) -> bool {
        let lives = self.sessions[browser].as_ref().is_some_and(|session| self.lives(session));
        if lives {
            let now = self.now;
            self.sessions[browser].as_mut().expect("it was signed in").spent_at = Some(now);
            self.issue(browser);
        }
        lives
    }

    /// Returns whether a saved refresh token still yields a token. Otherwise the model ends the session.
    fn replay(&mut self, browser: usize) -> bool {
        let Some(session) = self.sessions[browser].clone().filter(|session| self.lives(session)) else {
            return false;
        };
        let just_spent = session.spent_at.is_some_and(|at| self.now <= at + GRACE);
        if !just_spent {
            self.end(browser);
        }
        just_spent
    }
}

fn person(browser: usize) -> usize {
    PEOPLE.iter().position(|name| *name == PEOPLE[browser]).expect("it is one of them")
}

/// A browser, with the refresh token that a thief copied before the last refresh.
struct Browser {
    client: Client,
    saved: Option<String>,
}

/// The cookies are cleared when the server knows that the session is over.
fn has_cookies(client: &Client) -> bool {
    client.fingerprint.is_some()
}

async fn play(steps: Vec<Step>) {
    let seconds = std::time::Duration::from_secs;
    let host = Host::start_with(|config| {
        config.token_lifetime(seconds(TOKEN)).idle_timeout(seconds(IDLE)).absolute_timeout(seconds(ABSOLUTE))
    })
    .await;
    let mut model = Model { now: 1_000_000, ..Model::default() };
    let mut browsers: Vec<_> =
        (0..BROWSERS).map(|_| Browser { client: Client::new(&host.origin), saved: None }).collect();
    for (number, step) in steps.iter().copied().enumerate() {
        let what = format!("step {number} of {steps:?}");
        match step {
            Step::SignIn(index) => {
                model.sign_in(index);
                browsers[index].client.sign_in(PEOPLE[index], PASSWORD).await;
                browsers[index].saved = None;
            }
            Step::Request(index) => {
                let client = &browsers[index].client;
                let expected = if has_cookies(client) { model.request(index) } else { "sign_in_required" };
                assert_eq!(client.me().await.verdict().1, expected, "{what}");
            }
            Step::Refresh(index) if has_cookies(&browsers[index].client) => {
                let before = browsers[index].client.refresh.clone();
                let answer = browsers[index].client.try_refresh().await;
                assert_eq!(answer.status == 200, model.refresh(index), "{what}");
                if answer.status == 200 {
                    browsers[index].saved = before;
                }
            }
            Step::ReplayRefreshToken(index)
                if browsers[index].saved.is_some() && has_cookies(&browsers[index].client) =>
            {
                let Browser { client, saved } = &browsers[index];
                let mut thief = client.another_tab();
                thief.refresh.clone_from(saved);
                thief.bootstrap().await;
                let answer = thief.try_refresh().await;
                assert_eq!(answer.status == 200, model.replay(index), "{what}");
                if answer.status == 200 {
                    assert_eq!(thief.refresh, client.refresh, "{what}: the one live branch");
                }
            }
            Step::SignOut(index) if has_cookies(&browsers[index].client) => {
                let code = model.request(index);
                let answer = browsers[index].client.sign_out().await;
                assert_eq!(answer.verdict().1, code, "{what}");
                if code.is_empty() {
                    model.end(index);
                }
            }
            Step::RevokeAll(index) => {
                host.symbolon.revoke_all(PEOPLE[index]).await.unwrap();
                model.person_changed[person(index)] = model.change();
                for (session, name) in model.sessions.iter_mut().zip(PEOPLE) {
                    if let Some(session) = session.as_mut().filter(|_| name == PEOPLE[index]) {
                        session.over = true;
                    }
                }
            }
            Step::RevokeEveryone => {
                host.symbolon.revoke_everyone().await.unwrap();
                model.everyone_changed = model.change();
                model.sessions.iter_mut().flatten().for_each(|session| session.over = true);
            }
            Step::PermissionsChanged(index) => {
                host.symbolon.permissions_changed(PEOPLE[index]).await.unwrap();
                model.person_changed[person(index)] = model.change();
            }
            Step::Wait(seconds) => {
                model.now += seconds;
                let seconds = u32::try_from(seconds).unwrap();
                host.pass(seconds);
                for browser in &mut browsers {
                    browser.client.pass(seconds);
                }
            }
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Covers: E-001, S-008, I1, I4
    #[test]
    fn the_server_always_behaves_as_the_model(steps in prop::collection::vec(step(), 1..60)) {
        Runtime::new().unwrap().block_on(play(steps));
    }
}
