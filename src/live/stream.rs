//! The one loop that joins requests, session, reader and outline: reads what has come and applies what was read,
//! in turns that leave the browser its time. Never decides when to ask (the session does), never understands a
//! byte (the reader does), and never makes an element.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::time::Duration;

use leptos::leptos_dom::helpers::{
    IntervalHandle, TimeoutHandle, set_interval_with_handle, set_timeout_with_handle,
};
use leptos::prelude::{ArcRwSignal, GetUntracked, Set, WithUntracked};
use leptos::reactive::effect::batch;
use wasm_bindgen_futures::spawn_local;

use crate::live::clock::{now_ms, turn_end_ms, yield_to_browser};
use crate::live::fetch::{Connection, NoStream, Source};
use crate::live::hook::{LiveEvent, StreamOptions};
use crate::live::store::Outline;
use crate::outline::tree::{Change, Counts, Kind};
use crate::read::event::Event;
use crate::reader::{Note, Output, Reader};
use crate::session::{Ask, Next, Session};
use crate::state::{Code, Failure, State};

/// How often counts and the time are brought up to date.
const TICK: Duration = Duration::from_millis(250);
/// The least time between two [`LiveEvent::Progress`], in milliseconds.
const PROGRESS_MS: f64 = 100.0;
/// How many bytes are read between two looks at the clock.
const SLICE_BYTES: usize = 16 * 1024;
/// How many changes are applied between two looks at the clock.
const SLICE_CHANGES: usize = 64;

/// What a stream tells, as signals.
#[derive(Clone, Default)]
pub(crate) struct Signals {
    pub outline: Outline,
    pub state: ArcRwSignal<State>,
    pub counts: ArcRwSignal<Counts>,
    /// How many modules are planned, if the stream has said so.
    pub planned: ArcRwSignal<Option<u64>>,
    /// From the start to now, or to the end, in milliseconds.
    pub elapsed_ms: ArcRwSignal<f64>,
    pub error: ArcRwSignal<Option<Failure>>,
    /// The title of the module that settled last.
    pub newest: ArcRwSignal<String>,
    /// More comes than one turn can show.
    pub busy: ArcRwSignal<bool>,
}

/// Something that has come, in order.
enum Item {
    /// Bytes, and how many of them have been read.
    Bytes(Vec<u8>, usize),
    /// One of our own lines that the page has as an object.
    Line(String),
    /// An event of the page.
    Event(Event),
    /// There is no more, after a clean end or another one.
    End { clean: bool },
}

/// Hears what happens.
type Listener = Rc<dyn Fn(&LiveEvent)>;

/// One stream at work. Clones are the same stream.
#[derive(Clone)]
pub(crate) struct Stream(Rc<Inner>);

struct Inner {
    options: RefCell<StreamOptions>,
    signals: Signals,
    session: RefCell<Session>,
    /// Come, not yet read.
    inbox: RefCell<VecDeque<Item>>,
    /// Read, not yet applied to the outline.
    outputs: RefCell<VecDeque<Output>>,
    /// The session's pending decision; while there is one, nothing more is read.
    next_step: RefCell<Option<Next>>,
    connection: RefCell<Option<Rc<Connection>>>,
    /// What [`Stream::retry`] reads again.
    source: RefCell<Option<Source>>,
    /// Until the next request.
    timer: Cell<Option<TimeoutHandle>>,
    tick: Cell<Option<IntervalHandle>>,
    listeners: RefCell<Vec<Listener>>,
    allows_retry: RefCell<Option<Rc<dyn Fn() -> bool>>>,
    /// How often it has been disconnected: another number means another connection.
    epoch: Cell<u32>,
    started_ms: Cell<f64>,
    /// When progress was last told.
    progress_ms: Cell<f64>,
    /// Nothing is applied until [`Stream::resume`].
    paused: Cell<bool>,
    /// [`Stream::work_until`] is on the stack.
    working: Cell<bool>,
    /// A task will go on working.
    scheduled: Cell<bool>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(tick) = self.tick.take() {
            tick.clear();
        }
        if let Some(timer) = self.timer.take() {
            timer.clear();
        }
    }
}

// What it is asked for.
impl Stream {
    pub(crate) fn new(options: StreamOptions, signals: Signals) -> Self {
        let session = Session::new(options.session(false), &options.reader());
        Stream(Rc::new(Inner {
            options: RefCell::new(options),
            signals,
            session: RefCell::new(session),
            inbox: RefCell::default(),
            outputs: RefCell::default(),
            next_step: RefCell::default(),
            connection: RefCell::default(),
            source: RefCell::default(),
            timer: Cell::default(),
            tick: Cell::default(),
            listeners: RefCell::default(),
            allows_retry: RefCell::default(),
            epoch: Cell::new(0),
            started_ms: Cell::new(0.0),
            progress_ms: Cell::new(0.0),
            paused: Cell::new(false),
            working: Cell::new(false),
            scheduled: Cell::new(false),
        }))
    }

    /// Drops what is there and reads `source`.
    pub(crate) fn start(&self, source: Source) {
        self.reset();
        self.renew(source.is_repeatable());
        self.0.source.replace(Some(source));
        self.connect(|session| session.start(now_ms()));
    }

    /// Reads the source of the last start again, from where reading broke off, if that can be.
    pub(crate) fn retry(&self) {
        let allows = self.0.allows_retry.borrow().clone();
        self.notify(&LiveEvent::Retry);
        if allows.is_none_or(|allows| allows()) && self.0.source.borrow().is_some() {
            self.disconnect();
            self.connect(|session| session.retry(now_ms()));
        }
    }

    /// Stops reading; what has come is shown and stays. Does nothing when nothing is read.
    pub(crate) fn stop(&self) {
        if self.state().is_live() {
            self.break_off();
            if self.go(State::Stopped) {
                self.notify(&LiveEvent::Stopped);
            }
            self.work();
        }
    }

    /// It failed, by the page's account. What is shown stays.
    pub(crate) fn fail(&self, failure: Failure) {
        self.break_off();
        self.set_error(Some(failure.clone()));
        if self.go(State::Error) {
            self.notify(&LiveEvent::Error(failure));
        }
        self.work();
    }

    /// Drops everything, to the state before the first start.
    pub(crate) fn reset(&self) {
        self.disconnect();
        self.0.source.replace(None);
        self.0.paused.set(false);
        self.renew(false);
        self.0.inbox.borrow_mut().clear();
        self.0.outputs.borrow_mut().clear();
        self.0.started_ms.set(0.0);
        let signals = &self.0.signals;
        signals.outline.apply(vec![Change::Cleared]);
        // The failure goes before the page hears of it: it may start anew at once.
        batch(|| {
            signals.counts.set(Counts::default());
            signals.planned.set(None);
            signals.elapsed_ms.set(0.0);
            self.set_error(None);
        });
        self.go(State::Idle);
    }

    /// Applies nothing more until [`Stream::resume`]; reading goes on.
    pub(crate) fn pause(&self) {
        if self.state().is_live() && !self.0.paused.replace(true) {
            self.go(State::Paused);
        }
    }

    /// Applies what has come meanwhile, and what comes.
    pub(crate) fn resume(&self) {
        if self.0.paused.replace(false) {
            let state = self.0.session.borrow().state();
            // Of what the page pushes, the session does not know.
            let reads = state.is_live();
            self.go(if reads { state } else { State::Streaming });
            self.work();
        }
    }

    /// Takes the next bytes from the page; they go on from the ones before.
    pub(crate) fn push(&self, bytes: Vec<u8>) {
        self.push_item(Item::Bytes(bytes, 0));
    }

    /// Takes one of our own lines from the page. One that cannot be read is skipped as in a body.
    pub(crate) fn push_line(&self, json: String) {
        self.push_item(Item::Line(json));
    }

    /// Takes an event from the page.
    pub(crate) fn push_event(&self, event: Event) {
        self.push_item(Item::Event(event));
    }

    /// The page pushes no more: a clean end, unless the last line has not ended.
    pub(crate) fn end(&self) {
        self.push_item(Item::End { clean: true });
    }

    /// Ends all work without a word: nobody looks any more.
    pub(crate) fn leave(&self) {
        self.0.listeners.borrow_mut().clear();
        self.0.allows_retry.replace(None);
        self.disconnect();
    }

    /// Takes other options: those of reading count from the next start on.
    pub(crate) fn set_options(&self, options: StreamOptions) {
        self.0.options.replace(options);
    }

    pub(crate) fn listen(&self, listener: impl Fn(&LiveEvent) + 'static) {
        self.0.listeners.borrow_mut().push(Rc::new(listener));
    }

    /// Asks `allows` before each retry; where it says `false`, the stream is not read again.
    pub(crate) fn before_retry(&self, allows: impl Fn() -> bool + 'static) {
        self.0.allows_retry.replace(Some(Rc::new(allows)));
    }

    /// Reads and applies all that has come at once, however long it takes.
    pub(crate) fn flush(&self) {
        self.work_until(f64::INFINITY);
    }

    /// Reads all that has come, at once, though it may not be shown yet.
    pub(crate) fn read_all(&self) {
        while self.read_some(now_ms()) {}
    }

    /// Looks at what has been read so far.
    pub(crate) fn with_reader<T>(&self, look: impl FnOnce(&Reader) -> T) -> T {
        look(self.0.session.borrow().reader())
    }

    /// How many requests have followed the first by themselves.
    pub(crate) fn reconnects(&self) -> u64 {
        self.0.session.borrow().reconnects()
    }

    /// From the start to now, or to the end, in milliseconds.
    pub(crate) fn elapsed_ms(&self) -> f64 {
        match self.0.started_ms.get() {
            0.0 => 0.0,
            started if self.state().is_live() => now_ms() - started,
            _ => self.0.signals.elapsed_ms.get_untracked(),
        }
    }

    /// Brings counts and the time up to date now, and not with the next tick.
    pub(crate) fn update_progress(&self) {
        let counts = (self.0.session.borrow().reader().outline()).counts();
        let elapsed = self.elapsed_ms();
        batch(|| {
            set_if_new(&self.0.signals.counts, counts);
            set_if_new(&self.0.signals.elapsed_ms, elapsed);
        });
    }

    fn downgrade(&self) -> impl Fn() -> Option<Stream> + use<> {
        let weak: Weak<Inner> = Rc::downgrade(&self.0);
        move || weak.upgrade().map(Stream)
    }

    fn state(&self) -> State {
        self.0.signals.state.get_untracked()
    }
}

// The loop.
impl Stream {
    fn push_item(&self, item: Item) {
        if self.state() == State::Idle {
            // The first push begins.
            self.renew(false);
            self.begin(State::Streaming);
        }
        // What comes after the end is dropped.
        if self.state().is_live() {
            self.0.inbox.borrow_mut().push_back(item);
            self.work();
        }
    }

    /// Reads and applies what has come: now what fits into a turn, the rest in tasks of their own.
    fn work(&self) {
        if self.work_until(turn_end_ms()) || self.0.scheduled.replace(true) {
            return;
        }
        let stream = self.downgrade();
        spawn_local(async move {
            while let Some(stream) = stream() {
                stream.next_turn().await;
                if stream.work_until(turn_end_ms()) {
                    stream.set_busy(false);
                    return stream.0.scheduled.set(false);
                }
            }
        });
    }

    /// Yields to the browser, because this turn is used up.
    async fn next_turn(&self) {
        self.set_busy(true);
        yield_to_browser().await;
    }

    fn set_busy(&self, busy: bool) {
        set_if_new(&self.0.signals.busy, busy);
    }

    /// Reads and applies in order, until a time. Returns true if all is done.
    fn work_until(&self, deadline_ms: f64) -> bool {
        // The page's listeners may push more: the call that is already at work takes it.
        if self.0.working.replace(true) {
            return true;
        }
        let all = loop {
            let now = now_ms();
            if now > deadline_ms {
                break false;
            }
            if !(self.apply_some() || self.read_some(now)) {
                break true;
            }
        };
        self.0.working.set(false);
        if self.0.signals.counts.get_untracked() == Counts::default() {
            // What stands for the first rows goes when they come, and not later.
            self.update_progress();
        }
        if all {
            self.end_if_over();
        }
        all
    }

    /// Reads a slice of what has come. Returns true if there was any.
    fn read_some(&self, now: f64) -> bool {
        let mut inbox = self.0.inbox.borrow_mut();
        let mut next_step = self.0.next_step.borrow_mut();
        if next_step.is_some() {
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
            Some(Item::End { clean }) => {
                *next_step = Some(session.ended(clean, now, js_sys::Math::random()));
            }
        }
        if next_step.is_none() {
            let next = session.check(now, js_sys::Math::random());
            *next_step = (next != Next::Read).then_some(next);
        }
        true
    }

    /// Applies a slice of what has been read, as one batch. Returns true if there was any.
    fn apply_some(&self) -> bool {
        if self.0.paused.get() {
            return false;
        }
        let slice: Vec<Output> = {
            let mut outputs = self.0.outputs.borrow_mut();
            if outputs.is_empty() {
                outputs.extend(self.0.session.borrow_mut().reader_mut().take_outputs());
            }
            let slice = outputs.len().min(SLICE_CHANGES);
            outputs.drain(..slice).collect()
        };
        if slice.is_empty() {
            return false;
        }
        let mut changes = Vec::with_capacity(slice.len());
        let mut told = Vec::new();
        for output in slice {
            match output {
                Output::Change(change) => {
                    if !matches!(change, Change::Opened { .. } | Change::Grew { .. }) {
                        told.push(Output::Change(change.clone()));
                    }
                    changes.push(change);
                }
                note => told.push(note),
            }
        }
        self.0.signals.outline.apply(changes);
        // The page hears of it when it is shown.
        let epoch = self.0.epoch.get();
        for output in told {
            if self.0.epoch.get() == epoch {
                self.tell(output);
            }
        }
        true
    }

    fn tell(&self, output: Output) {
        let signals = &self.0.signals;
        match output {
            Output::Change(Change::Settled { node, index, .. }) => {
                if let Some(node) = signals
                    .outline
                    .at(node)
                    .filter(|it| it.kind() != Kind::Course)
                {
                    if node.kind() == Kind::Module {
                        signals.newest.set(node.title().get_untracked());
                    }
                    self.notify(&LiveEvent::Settled { node, index });
                }
            }
            Output::Change(Change::Cleared) => {
                signals.planned.set(None);
                self.set_error(None);
            }
            Output::Change(Change::Limited(limit)) => {
                let failure = Failure::new(Code::Limit, limit.name(), false);
                self.set_error(Some(failure.clone()));
                self.notify(&LiveEvent::Error(failure));
            }
            Output::Change(_) => {}
            Output::Note(Note::Planned(modules)) => signals.planned.set(Some(modules)),
            Output::Note(Note::Skipped { line, reason }) => {
                let reason = reason.text();
                self.notify(&LiveEvent::Skipped { line, reason });
            }
        }
    }

    /// When all is applied: does what the session says is next, if it says that it is over.
    fn end_if_over(&self) {
        let is_over = matches!(*self.0.next_step.borrow(), Some(Next::Over(..)));
        if is_over && self.0.connection.borrow().is_none() {
            // Of what the page pushes no request waits.
            self.disconnect();
            if !self.0.paused.get()
                && let Some(Next::Over(state, failure)) = self.0.next_step.take()
            {
                self.conclude(state, failure);
            }
        }
    }

    /// All is shown and the stream has ended: says how.
    fn conclude(&self, state: State, failure: Option<Failure>) {
        self.set_busy(false);
        self.update_progress();
        // That a limit was reached stays true.
        let is_limited = |it: &Option<Failure>| it.as_ref().map(|it| it.code) == Some(Code::Limit);
        if failure.is_some() || !self.0.signals.error.with_untracked(is_limited) {
            self.set_error(failure.clone());
        }
        // A listener that starts another stream hears no more of this one.
        if !self.go(state) {
            return;
        }
        if state != State::Error {
            self.notify(&LiveEvent::Done {
                complete: state == State::Done,
            });
        }
        if let Some(failure) = failure.filter(|_| self.state() == state) {
            self.notify(&LiveEvent::Error(failure));
        }
    }
}

// Requests.
impl Stream {
    fn connect(&self, ask: impl FnOnce(&mut Session) -> Next) {
        let next = ask(&mut self.0.session.borrow_mut());
        self.0.next_step.take();
        self.set_error(None);
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
                let stream = self.downgrade();
                let wait = Duration::from_millis((until_ms - now_ms()).max(0.0) as u64);
                let woken = move || {
                    if let Some(stream) = stream() {
                        stream.0.timer.take();
                        let next = stream.0.session.borrow_mut().wake(now_ms());
                        stream.follow_up(next);
                    }
                };
                self.0.timer.set(set_timeout_with_handle(woken, wait).ok());
                self.show_session();
            }
            Next::Over(..) => {
                self.disconnect();
                self.0.next_step.replace(Some(next));
                self.work();
            }
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
        let stream = self.downgrade();
        spawn_local(async move {
            let opened = connection.open(&source, &ask).await;
            let reading = |stream: &Stream| stream.is_reading(&connection);
            let Some(stream) = stream().filter(reading) else {
                return;
            };
            let (now, random) = (now_ms(), js_sys::Math::random());
            let next = match opened {
                Ok(answer) => (stream.0.session.borrow_mut()).answered(&answer, now, random),
                Err(NoStream::Cut) => stream.0.session.borrow_mut().refused(now, random),
                Err(NoStream::Failed(failure)) => return stream.fail(failure),
            };
            if next == Next::Read {
                stream.show_session();
                stream.read(connection).await;
            } else {
                stream.follow_up(next);
            }
        });
    }

    /// Reads a body to its end, in turns.
    async fn read(&self, connection: Rc<Connection>) {
        let mut turn_ms = turn_end_ms();
        while self.is_reading(&connection) {
            let asked = now_ms();
            let chunk = connection.next().await;
            if !self.is_reading(&connection) {
                return;
            }
            // Bytes that are already here come in the same task: only a real wait has given the
            // browser its turn.
            let mut in_time = now_ms() - asked > 1.0;
            if in_time {
                turn_ms = turn_end_ms();
            }
            let item = match chunk {
                Ok(Some(bytes)) => Item::Bytes(bytes, 0),
                Ok(None) => Item::End { clean: true },
                Err(NoStream::Cut) => Item::End { clean: false },
                Err(NoStream::Failed(failure)) => return self.fail(failure),
            };
            self.0.inbox.borrow_mut().push_back(item);
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
                self.next_turn().await;
                turn_ms = turn_end_ms();
                if !self.is_reading(&connection) {
                    return;
                }
            }
            if in_time {
                self.set_busy(false);
            }
            let next = self.0.next_step.take();
            if let Some(next) = next {
                return self.follow_up(next);
            }
            self.show_session();
        }
    }

    fn is_reading(&self, connection: &Rc<Connection>) -> bool {
        let current = self.0.connection.borrow();
        current
            .as_ref()
            .is_some_and(|current| Rc::ptr_eq(current, connection))
    }

    /// Closes the connection, and forgets the next one.
    fn hang_up(&self) {
        if let Some(connection) = self.0.connection.take() {
            connection.close();
        }
        if let Some(timer) = self.0.timer.take() {
            timer.clear();
        }
    }

    fn disconnect(&self) {
        self.hang_up();
        self.set_busy(false);
        self.0.epoch.set(self.0.epoch.get() + 1);
        if let Some(tick) = self.0.tick.take() {
            tick.clear();
        }
    }

    /// Ends reading by somebody's wish: what has come counts.
    fn break_off(&self) {
        self.disconnect();
        self.read_all();
        self.0.paused.set(false);
        self.0.session.borrow_mut().stop();
        self.0.next_step.take();
    }
}

// How it stands.
impl Stream {
    /// Begins a session of its own.
    fn renew(&self, is_repeatable: bool) {
        let session = {
            let options = self.0.options.borrow();
            Session::new(options.session(is_repeatable), &options.reader())
        };
        self.0.session.replace(session);
        self.0.next_step.take();
    }

    fn begin(&self, state: State) {
        self.0.started_ms.set(now_ms());
        self.set_busy(false);
        let stream = self.downgrade();
        let tick = move || {
            if let Some(stream) = stream() {
                stream.tick();
            }
        };
        if let Some(old) = (self.0.tick).replace(set_interval_with_handle(tick, TICK).ok()) {
            old.clear();
        }
        if self.go(state) {
            self.notify(&LiveEvent::Start);
        }
    }

    fn tick(&self) {
        let (now, random) = (now_ms(), js_sys::Math::random());
        let next = self.0.session.borrow_mut().tick(now, random);
        match next {
            Some(next) => self.follow_up(next),
            None if self.0.connection.borrow().is_some() => self.show_session(),
            None => {}
        }
        let before = self.0.signals.counts.get_untracked();
        self.update_progress();
        // Timers that were held up come in quick succession.
        if self.0.signals.counts.get_untracked() != before
            && now - self.0.progress_ms.get() >= PROGRESS_MS
        {
            self.0.progress_ms.set(now);
            self.notify(&LiveEvent::Progress);
        }
    }

    /// Goes to the state of the session.
    fn show_session(&self) {
        let state = self.0.session.borrow().state();
        if state.is_live() {
            self.go(match self.0.paused.get() {
                true => State::Paused,
                false => state,
            });
        }
    }

    /// Goes to a state and tells the page. Returns true if it is still there afterwards.
    fn go(&self, state: State) -> bool {
        let previous = self.state();
        if previous != state {
            self.update_progress();
            self.0.signals.state.set(state);
            self.notify(&LiveEvent::StateChange { state, previous });
        }
        self.state() == state
    }

    fn set_error(&self, error: Option<Failure>) {
        if self.0.signals.error.with_untracked(|now| *now != error) {
            self.0.signals.error.set(error);
        }
    }

    fn notify(&self, event: &LiveEvent) {
        // A listener may change anything here, so nothing may be borrowed while it runs.
        let listeners = self.0.listeners.borrow().clone();
        listeners.iter().for_each(|listener| listener(event));
    }
}

fn set_if_new<T: PartialEq + Clone + Send + Sync + 'static>(signal: &ArcRwSignal<T>, value: T) {
    if signal.get_untracked() != value {
        signal.set(value);
    }
}
