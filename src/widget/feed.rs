//! A preview's one loop: reads what has come and shows what was read, in turns. Never asks for
//! anything, and never says what is shown.

use wasm_bindgen_futures::spawn_local;

use crate::core::outline::{Change, Counts, Kind, NodeIdx};
use crate::core::reader::{Note, Output};
use crate::core::session::Next;
use crate::core::state::{Code, Failure, State};
use crate::widget::clock::{now_ms, pass, turn_end_ms};
use crate::widget::pages::show_held;
use crate::widget::preview::{Item, Preview};
use crate::widget::rows::Rows;
use crate::widget::status::Notice;

/// How many bytes are read between two looks at the clock.
const SLICE_BYTES: usize = 16 * 1024;
/// How many changes are shown between two looks at the clock.
const SLICE_CHANGES: usize = 16;

impl Preview {
    /// Reads and shows what has come: now what fits into a turn, the rest in tasks of their own.
    pub(super) fn work(&self) {
        if self.work_until(turn_end_ms()) || self.0.scheduled.replace(true) {
            return;
        }
        let preview = self.downgrade();
        spawn_local(async move {
            while let Some(preview) = preview.upgrade() {
                preview.pass().await;
                if preview.work_until(turn_end_ms()) {
                    preview.set_busy(false);
                    return preview.0.scheduled.set(false);
                }
            }
        });
    }

    /// Lets the browser have its turn, because this one is used up.
    pub(super) async fn pass(&self) {
        self.set_busy(true);
        pass().await;
    }

    /// A turn was used up, or what came since fitted into one: see [`pages`](super::pages).
    pub(super) fn set_busy(&self, busy: bool) {
        self.with_rows(|rows| rows.set_busy(busy));
    }

    /// Reads and shows in order, until a time. Answers whether all is done.
    pub(super) fn work_until(&self, deadline_ms: f64) -> bool {
        // The page's listeners may push more: the call that is already at work takes it.
        if self.0.working.replace(true) {
            return true;
        }
        let all = loop {
            let now = now_ms();
            if now > deadline_ms {
                break false;
            }
            if !(self.show_some() || self.read_some(now)) {
                break true;
            }
        };
        self.0.working.set(false);
        if self.0.status.borrow().counts == Counts::default() {
            // What stands for the first rows goes when they come, and not later.
            self.update_progress();
        }
        if all {
            self.with_rows(Rows::settle_run);
            self.conclude();
        }
        all
    }

    /// Reads a slice of what has come. Answers whether there was any.
    pub(super) fn read_some(&self, now: f64) -> bool {
        let mut inbox = self.0.inbox.borrow_mut();
        if self.0.turned.borrow().is_some() {
            // Nothing of this body counts any more.
            inbox.clear();
        }
        let mut session = self.0.session.borrow_mut();
        match inbox.pop_front() {
            None => return false,
            Some(Item::Bytes(bytes, from)) => {
                let to = bytes.len().min(from + SLICE_BYTES);
                session.feed(&bytes[from..to], now);
                if to < bytes.len() {
                    inbox.push_front(Item::Bytes(bytes, to));
                }
            }
            Some(Item::Line(json)) => session.reader_mut().take_line(&json),
            Some(Item::Event(event)) => session.reader_mut().take(event),
            Some(Item::End(clean)) => {
                let next = session.ended(clean, now, js_sys::Math::random());
                self.0.turned.replace(Some(next));
            }
        }
        if self.0.turned.borrow().is_none() {
            let next = session.check(now, js_sys::Math::random());
            self.0.turned.replace((next != Next::Read).then_some(next));
        }
        true
    }

    /// Shows a slice of what has been read. Answers whether there was any.
    fn show_some(&self) -> bool {
        if self.0.rows.borrow().is_none() || self.0.paused.get() {
            return false;
        }
        if self.0.pending.borrow().is_empty() {
            let read = self.0.session.borrow_mut().reader_mut().take_outputs();
            self.0.pending.borrow_mut().extend(read);
        }
        let mut shown = false;
        for _ in 0..SLICE_CHANGES {
            let output = self.0.pending.borrow_mut().pop_front();
            let Some(output) = output else { break };
            shown = true;
            self.show_output(output);
        }
        shown
    }

    fn show_output(&self, output: Output) {
        match output {
            Output::Change(change) => {
                self.with_rows(|rows| rows.apply(&change));
                match change {
                    Change::Settled { node, .. } => self.tell_settled(node),
                    Change::Cleared => {
                        self.update(|status| (status.planned, status.failure) = (None, None));
                    }
                    Change::Limited(limit) => {
                        let failure = Failure::new(Code::Limit, limit.name(), false);
                        self.update(|status| status.failure = Some(failure.clone()));
                        self.tell(&Notice::Error(failure));
                    }
                    _ => {}
                }
            }
            Output::Note(Note::Planned(modules)) => {
                self.update(|status| status.planned = Some(modules));
            }
            Output::Note(Note::Skipped { line, reason }) => {
                self.tell(&Notice::Skipped {
                    line,
                    reason: reason.text(),
                });
            }
        }
    }

    fn tell_settled(&self, at: NodeIdx) {
        let shown = self.with_rows(|rows| rows.key(at)).flatten();
        let settled = self.with_reader(|reader| {
            let outline = reader.outline();
            let node = outline.node(at).filter(|node| Some(node.key) == shown)?;
            if node.kind == Kind::Module {
                self.0.newest.borrow_mut().clone_from(&node.title);
            }
            let siblings = &outline.node(node.parent)?.children;
            let index = siblings.iter().rposition(|&sibling| sibling == at)?;
            Some(Notice::Settled {
                node: at,
                kind: node.kind,
                index,
            })
        });
        if let Some(settled) = settled {
            self.tell(&settled);
        }
    }

    /// It is over: that is told when all is shown.
    pub(super) fn over(&self, state: State, failure: Option<Failure>) {
        self.disconnect();
        self.0.turned.take();
        self.0.outcome.replace(Some((state, failure)));
        self.work();
    }

    /// When all is shown and the stream has ended: says how.
    fn conclude(&self) {
        if self.0.connection.borrow().is_none()
            && let Some(Next::Over(state, failure)) = self.0.turned.take()
        {
            self.disconnect();
            self.0.outcome.replace(Some((state, failure)));
        }
        if self.0.paused.get() {
            return;
        }
        let Some((state, failure)) = self.0.outcome.take() else {
            return;
        };
        show_held();
        self.update_progress();
        self.update(|status| {
            // That a limit was reached stays true.
            if failure.is_some() || status.failure.as_ref().map(|it| it.code) != Some(Code::Limit) {
                status.failure.clone_from(&failure);
            }
        });
        // A listener that starts another stream hears no more of this one.
        if !self.go(state) {
            return;
        }
        if state != State::Error {
            self.tell(&Notice::Done {
                complete: state == State::Done,
            });
        }
        if let Some(failure) = failure.filter(|_| self.state() == state) {
            self.tell(&Notice::Error(failure));
        }
    }
}
