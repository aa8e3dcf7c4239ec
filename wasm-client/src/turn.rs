//! One at a time, in the order of asking.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::poll_fn,
    task::{Poll, Waker},
};

/// A lock for a single thread whose holder may wait in between.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    taken: Cell<bool>,
    waiting: RefCell<VecDeque<Waker>>,
}

/// Held for as long as the turn lasts.
pub(crate) struct Turn<'a>(&'a Turns);

impl Turns {
    pub(crate) async fn take(&self) -> Turn<'_> {
        poll_fn(|context| {
            if self.taken.replace(true) {
                self.waiting.borrow_mut().push_back(context.waker().clone());
                Poll::Pending
            } else {
                Poll::Ready(Turn(self))
            }
        })
        .await
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.taken.set(false);
        // All of them: one that was given up would otherwise swallow the wake-up. The others wait again.
        self.0.waiting.take().into_iter().for_each(Waker::wake);
    }
}
