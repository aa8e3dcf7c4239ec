//! One at a time, in the order of asking.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    task::{Poll, Waker},
};

/// A lock for a single thread whose holder may wait in between.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    taken: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
}

/// Held for as long as the turn lasts.
pub(crate) struct Turn<'a>(&'a Turns);

impl Turns {
    pub(crate) async fn take(&self) -> Turn<'_> {
        poll_fn(|context| {
            if self.taken.replace(true) {
                self.waiting.borrow_mut().push(context.waker().clone());
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

#[cfg(test)]
mod tests {
    use std::{
        future::Future,
        pin::{Pin, pin},
        sync::{
            Arc,
            atomic::{AtomicBool, Ordering::Relaxed},
        },
        task::{Context, Wake},
    };

    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[derive(Default)]
    struct Bell(AtomicBool);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Relaxed);
        }
    }

    fn poll<'a>(asking: Pin<&mut impl Future<Output = Turn<'a>>>, bell: &Arc<Bell>) -> Poll<Turn<'a>> {
        asking.poll(&mut Context::from_waker(&Arc::clone(bell).into()))
    }

    #[test]
    fn a_turn_begins_when_the_one_before_has_ended() {
        let (turns, bell) = (Turns::default(), Arc::default());
        let (mut first, mut second) = (pin!(turns.take()), pin!(turns.take()));
        let turn = poll(first.as_mut(), &bell);
        assert!(turn.is_ready());
        assert!(poll(second.as_mut(), &bell).is_pending());
        assert!(!bell.0.load(Relaxed));
        drop(turn);
        assert!(bell.0.load(Relaxed), "who waits is told");
        assert!(poll(second.as_mut(), &bell).is_ready());
    }

    #[test]
    fn who_gave_up_waiting_does_not_take_the_turn_from_who_did_not() {
        let (turns, bell) = (Turns::default(), Arc::default());
        let mut first = pin!(turns.take());
        let turn = poll(first.as_mut(), &bell);
        {
            let mut given_up = pin!(turns.take());
            assert!(poll(given_up.as_mut(), &Arc::default()).is_pending());
        }
        let mut patient = pin!(turns.take());
        assert!(poll(patient.as_mut(), &bell).is_pending());
        drop(turn);
        assert!(bell.0.load(Relaxed));
        assert!(poll(patient.as_mut(), &bell).is_ready());
    }
}
