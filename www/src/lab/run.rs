//! One run of the matrix: what is to be tried, what is being tried, and what came of it.

use std::collections::{BTreeSet, HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::victim::Victim;

/// As many as the matrix can reasonably have.
const MAX_ATTACKS: usize = 100;

/// What the page of the lab asks for.
#[derive(Deserialize)]
pub(super) struct Order {
    /// Made up by whoever orders, so that windows can ask for it before it has begun.
    pub(super) run: String,
    pub(super) attacks: Vec<Attack>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attack {
    pub(super) id: String,
    /// It is not after the token: it has reached its goal when the victim's server has done what it wanted.
    #[serde(default)]
    pub(super) rides: bool,
    /// It brings a vault's secret that was fetched elsewhere.
    #[serde(default)]
    pub(super) brings_boot: bool,
}

/// What came of one attack on one victim, as the attacker's and the victim's servers have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    /// A token got to the attacker, and was refused when it was used.
    Leaked,
    /// No token got to the attacker.
    Nothing,
    /// The victim's server did what the attacker wanted, for the person.
    Rides,
    /// A token got to the attacker, and opened the victim's server to another client.
    Taken,
    /// The attack did not come to its end, so nothing is known.
    Unfinished,
}

/// A cell of the matrix, as it is told.
#[derive(Clone, Serialize)]
pub(super) struct Cell {
    pub(super) attack: String,
    pub(super) victim: Victim,
    pub(super) verdict: Verdict,
    /// In which of the places that the attack looked at a token stood.
    pub(super) places: BTreeSet<String>,
    /// What the attack says of itself; it decides nothing.
    pub(super) said: String,
}

/// An attack under way.
pub(super) struct Attempt {
    /// `None` signs in, and attacks nothing.
    pub(super) attack: Option<Attack>,
    pub(super) victim: Victim,
    /// What the attack writes into the guest book, and nothing else does.
    pub(super) note: String,
    pub(super) places: BTreeSet<String>,
    pub(super) is_taken: bool,
}

#[derive(Default)]
struct Lane {
    waiting: VecDeque<(Victim, Option<Attack>)>,
    is_claimed: bool,
    /// The number of the attempt.
    current: Option<usize>,
}

#[derive(Default)]
pub(super) struct Run {
    pub(super) id: String,
    lanes: [Lane; 3],
    attempts: Vec<Attempt>,
    pub(super) cells: Vec<Cell>,
    total: usize,
    /// Who accepts which token that was seen.
    pub(super) known: HashMap<String, Option<Victim>>,
}

impl Run {
    /// `None` when it is nothing that the lab's page would ask for.
    pub(super) fn of(order: Order) -> Option<Self> {
        let is_name = |text: &str| {
            (1..40).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let names_well = is_name(&order.run) && order.attacks.iter().all(|attack| is_name(&attack.id));
        if !names_well || order.attacks.is_empty() || order.attacks.len() > MAX_ATTACKS {
            return None;
        }
        let mut run = Self { id: order.run, ..Self::default() };
        for victim in Victim::ALL {
            let waiting = &mut run.lanes[victim.lane()].waiting;
            waiting.push_back((victim, None));
            waiting.extend(order.attacks.iter().map(|attack| (victim, Some(attack.clone()))));
            run.total += order.attacks.len();
        }
        Some(run)
    }

    pub(super) fn is_over(&self) -> bool {
        self.cells.len() >= self.total
    }

    /// A lane that no window has yet.
    pub(super) fn claim(&mut self) -> Option<usize> {
        let free = self.lanes.iter().position(|lane| !lane.is_claimed)?;
        self.lanes[free].is_claimed = true;
        Some(free)
    }

    /// Begins the next attempt of a lane: its number, and on whom.
    pub(super) fn next(&mut self, lane: usize) -> Option<(usize, Victim)> {
        let lane = self.lanes.get_mut(lane)?;
        let (victim, attack) = lane.waiting.pop_front()?;
        let number = self.attempts.len();
        let id = attack.as_ref().map_or("sign-in", |attack| &attack.id);
        let note = format!("{NOTE} {id} {victim:?} {}", self.id);
        self.attempts.push(Attempt { attack, victim, note, places: BTreeSet::new(), is_taken: false });
        lane.current = Some(number);
        Some((number, victim))
    }

    pub(super) fn attempt(&self, number: usize) -> Option<&Attempt> {
        self.attempts.get(number)
    }

    /// The attempt that is under way on the origin of this victim.
    pub(super) fn current(&mut self, victim: Victim) -> Option<&mut Attempt> {
        let number = self.lanes[victim.lane()].current?;
        self.attempts.get_mut(number)
    }

    /// Ends an attempt that is under way; its lane.
    pub(super) fn end(&mut self, number: usize) -> Option<usize> {
        let lane = self.lanes.iter().position(|lane| lane.current == Some(number))?;
        self.lanes[lane].current = None;
        Some(lane)
    }

    /// The sign-in is no cell.
    pub(super) fn record(&mut self, number: usize, has_done_it: bool, is_finished: bool, said: String) {
        let Some(attempt) = self.attempts.get(number) else { return };
        let Some(attack) = &attempt.attack else { return };
        let verdict = match (attempt.is_taken, attempt.places.is_empty()) {
            (true, _) => Verdict::Taken,
            (false, false) => Verdict::Leaked,
            _ if !is_finished => Verdict::Unfinished,
            _ if attack.rides && has_done_it => Verdict::Rides,
            _ => Verdict::Nothing,
        };
        let (victim, places) = (attempt.victim, attempt.places.clone());
        self.cells.push(Cell { attack: attack.id.clone(), victim, verdict, places, said });
    }
}

/// How every note begins that the lab writes into a guest book.
pub(super) const NOTE: &str = "Written by the attack lab:";

#[cfg(test)]
mod tests {
    use super::*;

    fn order(run: &str, ids: &[&str]) -> Order {
        let attack = |id: &&str| Attack { id: (*id).to_owned(), rides: *id == "C-038", brings_boot: false };
        Order { run: run.to_owned(), attacks: ids.iter().map(attack).collect() }
    }

    #[test]
    fn every_lane_signs_in_first_and_then_tries_each_attack() {
        let mut run = Run::of(order("r-1", &["C-001", "C-038"])).unwrap();
        let mut tried = Vec::new();
        while let Some(lane) = run.claim() {
            while let Some((number, victim)) = run.next(lane) {
                let attack = run.attempt(number).unwrap().attack.as_ref().map(|attack| attack.id.clone());
                tried.push((victim, attack));
                assert_eq!(run.end(number), Some(lane));
                assert_eq!(run.end(number), None, "an attempt ends once");
                run.record(number, false, true, String::new());
            }
        }
        let own = |id: &str| Some(id.to_owned());
        let each = Victim::ALL.map(|victim| [(victim, None), (victim, own("C-001")), (victim, own("C-038"))]);
        assert_eq!(tried, each.concat());
        assert!(run.is_over());
    }

    #[test]
    fn a_verdict_is_what_the_servers_saw_and_an_attack_without_an_end_is_not_safe() {
        let judged = |id: &str, places: &[&str], is_taken: bool, has_done_it: bool, is_finished: bool| {
            let mut run = Run::of(order("r", &[id])).unwrap();
            let lane = run.claim().unwrap();
            run.next(lane).unwrap();
            let (number, victim) = run.next(lane).unwrap();
            let attempt = run.current(victim).unwrap();
            attempt.places.extend(places.iter().map(|place| (*place).to_owned()));
            attempt.is_taken = is_taken;
            run.record(number, has_done_it, is_finished, "I got everything".to_owned());
            run.cells[0].verdict
        };
        assert_eq!(judged("C-001", &["fetch"], true, false, true), Verdict::Taken);
        assert_eq!(judged("C-001", &["fetch"], true, false, false), Verdict::Taken);
        assert_eq!(judged("C-001", &["fetch"], false, false, true), Verdict::Leaked);
        assert_eq!(judged("C-001", &[], false, false, true), Verdict::Nothing);
        assert_eq!(judged("C-001", &[], false, true, true), Verdict::Nothing, "it is not after that");
        assert_eq!(judged("C-001", &[], false, false, false), Verdict::Unfinished);
        assert_eq!(judged("C-038", &[], false, true, true), Verdict::Rides);
        assert_eq!(judged("C-038", &[], false, false, true), Verdict::Nothing);
    }

    #[test]
    fn an_order_that_the_page_would_not_give_is_refused() {
        assert!(Run::of(order("r", &["C-001"])).is_some(), "the control");
        for (run, ids) in
            [("", &["C-001"][..]), ("r", &[]), ("a b", &["C-001"]), ("r", &["<b>"]), ("r", &["x"; 101])]
        {
            assert!(Run::of(order(run, ids)).is_none(), "{run} {}", ids.len());
        }
    }
}
