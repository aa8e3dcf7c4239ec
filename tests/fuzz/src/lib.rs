//! What the targets share: a server whose every secret is known, what is genuine there, and a second reading of cookies.
//!
//! Nothing here is random but what the server draws itself, so an input does today what it did when it was found.

#![forbid(unsafe_code)]

mod edit;
mod genuine;
mod halves;
mod world;

pub use self::{
    edit::{edited, filled_in},
    genuine::{Genuine, NOW, ORIGIN, compact, genuine},
    halves::{cookies, has_both_halves},
    world::World,
};
