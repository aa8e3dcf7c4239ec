//! The parts that the fuzz targets share: a server with known secrets, its genuine session, and a second cookie parser.
//!
//! Only the server itself uses randomness, so an input that failed once fails again.

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
