//! A preview's requests: does what the session says, with the network and a timer. Never decides
//! when to ask or what for.

use std::rc::Rc;
use std::time::Duration;

use leptos::leptos_dom::helpers::set_timeout_with_handle;
use wasm_bindgen_futures::spawn_local;

use crate::core::session::{self, Ask, Next};
use crate::core::state::{Failure, State};
use crate::widget::clock::{now_ms, turn_end_ms};
use crate::widget::preview::{Item, Preview};
use crate::widget::status::{Notice, Options};
use crate::widget::transport::{Connection, Source, Stop};

impl Preview {
    /// Drops what is shown and reads `source`.
    pub fn start(&self, source: Source) {
        self.reset();
        let options = |options: &Options| session::Options {
            reconnect: options.reconnect,
            repeatable: source.is_repeatable(),
            stall_ms: options.stall_ms,
        };
        self.renew(self.with_options(options));
        self.0.source.replace(Some(source));
        self.connect(|session| session.start(now_ms()));
    }

    /// Reads the source of the last [`Preview::start`] again, unless the page prevents it: from
    /// where reading broke off, if that can be. What is shown stays until there is more, or another
    /// stream instead.
    pub fn retry(&self) {
        if self.tell(&Notice::Retry) && self.0.source.borrow().is_some() {
            self.disconnect();
            self.connect(|session| session.retry(now_ms()));
        }
    }

    fn connect(&self, ask: impl FnOnce(&mut session::Session) -> Next) {
        let next = ask(&mut self.0.session.borrow_mut());
        self.0.turned.take();
        self.0.outcome.take();
        self.update(|status| status.failure = None);
        let epoch = self.0.epoch.get();
        self.begin(State::Connecting);
        // The page's listeners may have stopped it, or started another one.
        if self.0.epoch.get() == epoch {
            self.follow_up(next);
        }
    }

    /// Does what comes next.
    fn follow_up(&self, next: Next) {
        match next {
            Next::Ask(ask) => self.request(ask),
            Next::Read => {}
            Next::Wait { until_ms } => {
                self.hang_up();
                let preview = self.downgrade();
                let wait = Duration::from_millis((until_ms - now_ms()).max(0.0) as u64);
                let woken = move || {
                    if let Some(preview) = preview.upgrade() {
                        preview.0.timer.take();
                        let next = preview.0.session.borrow_mut().wake(now_ms());
                        preview.follow_up(next);
                    }
                };
                self.0.timer.set(set_timeout_with_handle(woken, wait).ok());
                self.follow();
            }
            Next::Over(state, failure) => self.over(state, failure),
        }
    }

    fn request(&self, ask: Ask) {
        let source = self.0.source.borrow().clone();
        let Some(source) = source else { return };
        let Ok(connection) = Connection::new() else {
            return self.fail(Failure::unsupported("browser", String::new()));
        };
        let connection = Rc::new(connection);
        self.0.connection.replace(Some(connection.clone()));
        let preview = self.downgrade();
        spawn_local(async move {
            let opened = connection.open(&source, &ask).await;
            let reading = |preview: &Preview| preview.is_reading(&connection);
            let Some(preview) = preview.upgrade().filter(reading) else {
                return;
            };
            let (now, random) = (now_ms(), js_sys::Math::random());
            let next = match opened {
                Ok(answer) => (preview.0.session.borrow_mut()).answered(&answer, now, random),
                Err(Stop::Cut) => preview.0.session.borrow_mut().refused(now, random),
                Err(Stop::Failed(failure)) => return preview.fail(failure),
            };
            if next == Next::Read {
                preview.follow();
                preview.read(connection).await;
            } else {
                preview.follow_up(next);
            }
        });
    }

    /// Reads a body to its end, in turns.
    async fn read(&self, connection: Rc<Connection>) {
        let mut turn_ms = turn_end_ms();
        while self.is_reading(&connection) {
            let waited = now_ms();
            let chunk = connection.next().await;
            if !self.is_reading(&connection) {
                return;
            }
            // Bytes that are already here come in the same task: only a real wait has given the
            // browser its turn.
            let mut in_time = now_ms() - waited > 1.0;
            if in_time {
                turn_ms = turn_end_ms();
            }
            self.receive(match chunk {
                Ok(Some(bytes)) => Item::Bytes(bytes, 0),
                Ok(None) => Item::End(true),
                Err(Stop::Cut) => Item::End(false),
                Err(Stop::Failed(failure)) => return self.fail(failure),
            });
            // Nothing more is asked of the body before this is shown: it waits for the page, and
            // not in memory.
            loop {
                let all = self.work_until(turn_ms);
                // The page's listeners may have stopped it, or started another one.
                if !self.is_reading(&connection) {
                    return;
                }
                if all && now_ms() <= turn_ms {
                    break;
                }
                in_time = false;
                self.pass().await;
                turn_ms = turn_end_ms();
                if !self.is_reading(&connection) {
                    return;
                }
            }
            if in_time {
                self.set_busy(false);
            }
            if let Some(next) = self.0.turned.take() {
                return self.follow_up(next);
            }
            self.follow();
        }
    }

    /// Lets the session look at the clock.
    pub(super) fn watch_age(&self) {
        let (now, random) = (now_ms(), js_sys::Math::random());
        let next = self.0.session.borrow_mut().tick(now, random);
        match next {
            Some(next) => self.follow_up(next),
            None if self.0.connection.borrow().is_some() => self.follow(),
            None => {}
        }
    }

    /// Closes the connection, and forgets the next one.
    pub(super) fn hang_up(&self) {
        if let Some(connection) = self.0.connection.take() {
            connection.close();
        }
        if let Some(timer) = self.0.timer.take() {
            timer.clear();
        }
    }

    fn is_reading(&self, connection: &Rc<Connection>) -> bool {
        let current = self.0.connection.borrow();
        current
            .as_ref()
            .is_some_and(|current| Rc::ptr_eq(current, connection))
    }
}
