//! One run of the matrix: every attack on every application, one attempt after another, and the verdicts.

use std::collections::{BTreeSet, HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::victim_app::VictimApp;

/// The most attacks that a run may have.
const MAX_ATTACKS: usize = 100;

/// The run that the lab's page asks for.
#[derive(Deserialize)]
pub(super) struct RunRequest {
    /// The id of the run. The page makes it, so that windows can wait for a run that has not begun.
    pub(super) run: String,
    pub(super) attacks: Vec<Attack>,
}

/// What the lab's servers must know of an attack.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attack {
    pub(super) id: String,
    /// Whether the attack uses the session and not the token. It succeeds if the application's server does what it wants.
    #[serde(default)]
    pub(super) uses_session: bool,
    /// Whether the attack brings a vault secret that a program fetched outside the browser.
    #[serde(default)]
    pub(super) brings_boot: bool,
}

/// The outcome of one attack on one application, by what the servers of the attacker and the application saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    /// The attacker's server got a token, and the application refused it.
    Leaked,
    /// The attacker's server got no token.
    Nothing,
    /// The attacker's server got a token, and the application accepted it from another client.
    Taken,
    /// The attack did not end, so nothing is known.
    Unfinished,
    /// The application's server did what the attacker wanted, in the person's session.
    Used,
}

/// A finished cell of the matrix, as the page gets it.
#[derive(Clone, Serialize)]
pub(super) struct Cell {
    pub(super) attack: String,
    #[serde(rename = "victim")]
    pub(super) app: VictimApp,
    pub(super) verdict: Verdict,
    /// The places in which the attack found a token.
    pub(super) places: BTreeSet<String>,
    /// What the attack says of itself. The verdict does not depend on it.
    pub(super) said: String,
}

/// One attack on one application.
pub(super) struct Attempt {
    /// `None` for the sign-in before the first attack.
    pub(super) attack: Option<Attack>,
    pub(super) app: VictimApp,
    /// The note that only this attempt writes into the guest book.
    pub(super) note: String,
    pub(super) places: BTreeSet<String>,
    pub(super) is_taken: bool,
}

/// The attempts on one origin, one after another in one window.
#[derive(Default)]
struct Lane {
    waiting: VecDeque<(VictimApp, Option<Attack>)>,
    is_claimed: bool,
    /// The number of the attempt that is under way.
    current: Option<usize>,
}

/// A run: its lanes, its attempts, and its finished cells.
#[derive(Default)]
pub(super) struct MatrixRun {
    pub(super) id: String,
    lanes: [Lane; 3],
    attempts: Vec<Attempt>,
    pub(super) cells: Vec<Cell>,
    total: usize,
    /// The application that accepts a token, for every token that the attacker's server has tried.
    pub(super) tried_tokens: HashMap<String, Option<VictimApp>>,
}

impl MatrixRun {
    /// Returns the run that was asked for, or `None` if the lab's page would not ask for it.
    pub(super) fn of(order: RunRequest) -> Option<Self> {
        let is_name = |text: &str| {
            (1..40).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let is_valid = is_name(&order.run) && order.attacks.iter().all(|attack| is_name(&attack.id));
        if !is_valid || order.attacks.is_empty() || order.attacks.len() > MAX_ATTACKS {
            return None;
        }
        let mut run = Self { id: order.run, ..Self::default() };
        for app in VictimApp::ALL {
            let waiting = &mut run.lanes[app.lane()].waiting;
            waiting.push_back((app, None));
            waiting.extend(order.attacks.iter().map(|attack| (app, Some(attack.clone()))));
            run.total += order.attacks.len();
        }
        Some(run)
    }

    /// Returns whether every cell is finished.
    pub(super) fn is_over(&self) -> bool {
        self.cells.len() >= self.total
    }

    /// Returns a lane that no window has yet.
    pub(super) fn claim(&mut self) -> Option<usize> {
        let free = self.lanes.iter().position(|lane| !lane.is_claimed)?;
        self.lanes[free].is_claimed = true;
        Some(free)
    }

    /// Begins the next attempt of a lane. Returns its number, and the application.
    pub(super) fn next(&mut self, lane: usize) -> Option<(usize, VictimApp)> {
        let lane = self.lanes.get_mut(lane)?;
        let (app, attack) = lane.waiting.pop_front()?;
        let number = self.attempts.len();
        let id = attack.as_ref().map_or("sign-in", |attack| &attack.id);
        let note = format!("{NOTE} {id} {app:?} {}", self.id);
        self.attempts.push(Attempt { attack, app, note, places: BTreeSet::new(), is_taken: false });
        lane.current = Some(number);
        Some((number, app))
    }

    pub(super) fn attempt(&self, number: usize) -> Option<&Attempt> {
        self.attempts.get(number)
    }

    /// Returns the attempt that is under way on the origin of this application.
    pub(super) fn current(&mut self, app: VictimApp) -> Option<&mut Attempt> {
        let number = self.lanes[app.lane()].current?;
        self.attempts.get_mut(number)
    }

    /// Ends an attempt that is under way. Returns its lane.
    pub(super) fn end(&mut self, number: usize) -> Option<usize> {
        let lane = self.lanes.iter().position(|lane| lane.current == Some(number))?;
        self.lanes[lane].current = None;
        Some(lane)
    }

    /// Adds the cell of an attempt. A sign-in has no cell.
    pub(super) fn record(&mut self, number: usize, was_obeyed: bool, is_finished: bool, said: String) {
        let Some(attempt) = self.attempts.get(number) else { return };
        let Some(attack) = &attempt.attack else { return };
        let verdict = match (attempt.is_taken, attempt.places.is_empty()) {
            (true, _) => Verdict::Taken,
            (false, false) => Verdict::Leaked,
            _ if !is_finished => Verdict::Unfinished,
            _ if attack.uses_session && was_obeyed => Verdict::Used,
            _ => Verdict::Nothing,
        };
        let (app, places) = (attempt.app, attempt.places.clone());
        self.cells.push(Cell { attack: attack.id.clone(), app, verdict, places, said });
    }
}

/// The beginning of every note that the lab writes into a guest book.
pub(super) const NOTE: &str = "Written by the attack lab:";

#[cfg(test)]
mod tests {
    use super::*;

    fn order(run: &str, ids: &[&str]) -> RunRequest {
        let attack =
            |id: &&str| Attack { id: (*id).to_owned(), uses_session: *id == "C-038", brings_boot: false };
        RunRequest { run: run.to_owned(), attacks: ids.iter().map(attack).collect() }
    }

    #[test]
    fn every_lane_signs_in_first_and_then_tries_each_attack() {
        let mut run = MatrixRun::of(order("r-1", &["C-001", "C-038"])).unwrap();
        let mut tried = Vec::new();
        while let Some(lane) = run.claim() {
            while let Some((number, app)) = run.next(lane) {
                let attack = run.attempt(number).unwrap().attack.as_ref().map(|attack| attack.id.clone());
                tried.push((app, attack));
                assert_eq!(run.end(number), Some(lane));
                assert_eq!(run.end(number), None, "an attempt ends once");
                run.record(number, false, true, String::new());
            }
        }
        let own = |id: &str| Some(id.to_owned());
        let each = VictimApp::ALL.map(|app| [(app, None), (app, own("C-001")), (app, own("C-038"))]);
        assert_eq!(tried, each.concat());
        assert!(run.is_over());
    }

    #[test]
    fn a_verdict_is_what_the_servers_saw_and_an_attack_that_did_not_end_is_unfinished() {
        let judged = |id: &str, places: &[&str], is_taken: bool, was_obeyed: bool, is_finished: bool| {
            let mut run = MatrixRun::of(order("r", &[id])).unwrap();
            let lane = run.claim().unwrap();
            run.next(lane).unwrap();
            let (number, app) = run.next(lane).unwrap();
            let attempt = run.current(app).unwrap();
            attempt.places.extend(places.iter().map(|place| (*place).to_owned()));
            attempt.is_taken = is_taken;
            run.record(number, was_obeyed, is_finished, "I got everything".to_owned());
            run.cells[0].verdict
        };
        assert_eq!(judged("C-001", &["fetch"], true, false, true), Verdict::Taken);
        assert_eq!(judged("C-001", &["fetch"], true, false, false), Verdict::Taken);
        assert_eq!(judged("C-001", &["fetch"], false, false, true), Verdict::Leaked);
        assert_eq!(judged("C-001", &[], false, false, true), Verdict::Nothing);
        assert_eq!(judged("C-001", &[], false, true, true), Verdict::Nothing, "the attack does not try that");
        assert_eq!(judged("C-001", &[], false, false, false), Verdict::Unfinished);
        assert_eq!(judged("C-038", &[], false, true, true), Verdict::Used);
        assert_eq!(judged("C-038", &[], false, false, true), Verdict::Nothing);
    }

    #[test]
    fn a_run_that_the_page_would_not_ask_for_is_refused() {
        assert!(MatrixRun::of(order("r", &["C-001"])).is_some(), "the control");
        for (run, ids) in
            [("", &["C-001"][..]), ("r", &[]), ("a b", &["C-001"]), ("r", &["<b>"]), ("r", &["x"; 101])]
        {
            assert!(MatrixRun::of(order(run, ids)).is_none(), "{run} {}", ids.len());
        }
    }
}
