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
