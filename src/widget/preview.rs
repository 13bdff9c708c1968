//! One live preview: its parts, what can be asked of it, how it stands and what it tells the page. Never
//! understands a byte and never makes an element; `feed.rs` is its loop, `reading.rs` are its requests.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::time::Duration;

use leptos::leptos_dom::helpers::{IntervalHandle, TimeoutHandle, set_interval_with_handle};
use leptos::prelude::{ArcReadSignal, Set, arc_signal};

use crate::core::event::Event;
use crate::core::outline::{Change, Node, NodeIdx};
use crate::core::reader::{Output, Reader};
use crate::core::session::{self, Next, Session};
use crate::core::state::{Failure, State};
use crate::widget::clock::now_ms;
use crate::widget::pages::show_held;
use crate::widget::rows::Rows;
use crate::widget::transport::{Connection, Source};

pub use crate::widget::status::{Notice, Options, Status};

/// How often counts and time on screen are brought up to date, in milliseconds.
const TICK_MS: u64 = 250;
/// The least time between two [`Notice::Progress`], in milliseconds.
const PROGRESS_MS: f64 = 100.0;

/// A handle to one preview; clones are the same preview. Leptos keeps it in local storage, as all
/// that belongs to the page (`StoredValue::new_local`).
#[derive(Clone)]
pub struct Preview(pub(super) Rc<Inner>);

/// See [`Preview::downgrade`].
pub(crate) struct WeakPreview(Weak<Inner>);

impl WeakPreview {
    pub(crate) fn upgrade(&self) -> Option<Preview> {
        self.0.upgrade().map(Preview)
    }
}

/// Hears how a preview stands.
type Watcher = Rc<dyn Fn(&Status)>;

/// Takes over new options.
type Fitter = Rc<dyn Fn(&Options)>;

/// What has come, in order.
pub(super) enum Item {
    /// Bytes, and how many of them have been read.
    Bytes(Vec<u8>, usize),
    /// One of our own lines that the page has as an object.
    Line(String),
    /// An event of the page.
    Event(Event),
    /// There is no more, after a clean end or another one.
    End(bool),
}

/// Hears what happens; answers whether what usually follows should follow.
type Host = Rc<dyn Fn(&Notice) -> bool>;

pub(super) struct Inner {
    pub(super) options: RefCell<Options>,
    /// Come, not yet read.
    pub(super) inbox: RefCell<VecDeque<Item>>,
    pub(super) session: RefCell<Session>,
    /// What the session has said of what was read: reading stops there.
    pub(super) turned: RefCell<Option<Next>>,
    /// How it has ended, which is told when all is shown.
    pub(super) outcome: RefCell<Option<(State, Option<Failure>)>>,
    pub(super) rows: RefCell<Option<Rows>>,
    /// Read, not yet shown.
    pub(super) pending: RefCell<VecDeque<Output>>,
    pub(super) connection: RefCell<Option<Rc<Connection>>>,
    /// What [`Preview::retry`] reads again.
    pub(super) source: RefCell<Option<Source>>,
    /// Until the next request.
    pub(super) timer: Cell<Option<TimeoutHandle>>,
    host: RefCell<Option<Host>>,
    tick: Cell<Option<IntervalHandle>>,
    /// Another number after each disconnection.
    pub(super) epoch: Cell<u32>,
    started_ms: Cell<f64>,
    /// When progress was last told.
    told_ms: Cell<f64>,
    /// The title of the module that settled last.
    pub(super) newest: RefCell<String>,
    /// Nothing is shown until it is shown again.
    pub(super) paused: Cell<bool>,
    /// [`Preview::work`] is on the stack.
    pub(super) working: Cell<bool>,
    /// A task will go on working.
    pub(super) scheduled: Cell<bool>,
    pub(super) status: RefCell<Status>,
    /// Takes over new options.
    set_up: RefCell<Option<Fitter>>,
    /// Shows each status.
    painter: RefCell<Option<Watcher>>,
    /// The signal that an app has asked for, and what sets it.
    signal: RefCell<Option<(Rc<dyn Any>, Watcher)>>,
}

impl Preview {
    /// A preview that shows nothing yet; see [`mount`](super::view::mount).
    pub fn new(options: Options) -> Self {
        let session = Session::new(session::Options::default(), &options.reader);
        Preview(Rc::new(Inner {
            options: RefCell::new(options),
            inbox: RefCell::default(),
            session: RefCell::new(session),
            turned: RefCell::new(None),
            outcome: RefCell::new(None),
            rows: RefCell::new(None),
            pending: RefCell::default(),
            connection: RefCell::new(None),
            source: RefCell::new(None),
            timer: Cell::new(None),
            host: RefCell::new(None),
            tick: Cell::new(None),
            epoch: Cell::new(0),
            started_ms: Cell::new(0.0),
            told_ms: Cell::new(0.0),
            newest: RefCell::default(),
            paused: Cell::new(false),
            working: Cell::new(false),
            scheduled: Cell::new(false),
            status: RefCell::default(),
            set_up: RefCell::new(None),
            painter: RefCell::new(None),
            signal: RefCell::new(None),
        }))
    }

    /// Calls `host` with everything that happens from now on. Its answer counts for
    /// [`Notice::Retry`] only: `false` keeps the preview from reading again by itself.
    pub fn on_notice(&self, host: impl Fn(&Notice) -> bool + 'static) {
        self.0.host.replace(Some(Rc::new(host)));
    }

    /// Reads another format or mode from the next start on, and opens other modules when they come.
    pub fn set_options(&self, options: Options) {
        self.with_rows(|rows| rows.set_expanded(options.expanded));
        self.0.options.replace(options);
        let set_up = self.0.set_up.borrow().clone();
        if let Some(set_up) = set_up {
            self.with_options(|options| set_up(options));
        }
    }

    /// Looks at how it reads and shows.
    pub fn with_options<T>(&self, look: impl FnOnce(&Options) -> T) -> T {
        look(&self.0.options.borrow())
    }

    /// How it stands, for a Leptos app. The signal is made when it is first asked for: the custom
    /// element, which asks for none, does not carry the 7 KB that signals are.
    pub fn status(&self) -> ArcReadSignal<Status> {
        let made = self.0.signal.borrow().as_ref().map(|(it, _)| it.clone());
        if let Some(made) = made.and_then(|it| it.downcast_ref::<ArcReadSignal<_>>().cloned()) {
            return made;
        }
        let (signal, set) = arc_signal(self.0.status.borrow().clone());
        let watcher = Rc::new(move |status: &Status| set.set(status.clone()));
        self.0
            .signal
            .replace(Some((Rc::new(signal.clone()), watcher)));
        signal
    }

    /// Calls `set_up` with the options, now and whenever they are others.
    pub(crate) fn on_options(&self, set_up: impl Fn(&Options) + 'static) {
        self.with_options(&set_up);
        self.0.set_up.replace(Some(Rc::new(set_up)));
    }

    /// Calls `painter` with how it stands, now and whenever that is different.
    pub(crate) fn set_painter(&self, painter: impl Fn(&Status) + 'static) {
        painter(&self.0.status.borrow());
        self.0.painter.replace(Some(Rc::new(painter)));
    }

    /// What it is doing, right now.
    pub fn state(&self) -> State {
        self.0.status.borrow().state
    }

    /// What went wrong.
    pub fn failure(&self) -> Option<Failure> {
        self.0.status.borrow().failure.clone()
    }

    /// Looks at what has been read.
    pub fn with_reader<T>(&self, look: impl FnOnce(&Reader) -> T) -> T {
        look(self.0.session.borrow().reader())
    }

    /// Reads all that has come, at once: whoever asks for the outline gets what was pushed before,
    /// though it may not be shown yet.
    pub fn read_all(&self) {
        while self.read_some(now_ms()) {}
    }

    /// How many requests have followed the first by themselves.
    pub fn reconnects(&self) -> u64 {
        self.0.session.borrow().reconnects()
    }

    /// Looks at one node, if it still stands.
    pub fn with_node<T>(&self, at: NodeIdx, look: impl FnOnce(&Node) -> T) -> Option<T> {
        self.with_reader(|reader| reader.outline().node(at).map(look))
    }

    /// A handle that does not keep the preview alive.
    pub(crate) fn downgrade(&self) -> WeakPreview {
        WeakPreview(Rc::downgrade(&self.0))
    }

    /// Works on the rows, if there are any.
    pub(crate) fn with_rows<T>(&self, work: impl FnOnce(&mut Rows) -> T) -> Option<T> {
        self.0.rows.borrow_mut().as_mut().map(work)
    }

    /// How many rows have been built: for tests.
    #[doc(hidden)]
    pub fn rows_built(&self) -> u64 {
        self.with_rows(|rows| rows.built()).unwrap_or(0)
    }

    /// Reads and shows all that has come at once, however long it takes: for tests.
    #[doc(hidden)]
    pub fn show_all(&self) {
        self.work_until(f64::INFINITY);
    }

    /// Gives the preview the place where it shows.
    pub(crate) fn set_rows(&self, mut rows: Rows) {
        // What was read before there was a place to show it.
        self.0.pending.borrow_mut().clear();
        self.0.session.borrow_mut().reader_mut().take_outputs();
        self.with_reader(|reader| {
            reader
                .outline()
                .as_changes()
                .iter()
                .for_each(|change| rows.apply(change))
        });
        self.0.rows.replace(Some(rows));
        self.work();
    }

    /// From the start to now, or to the end, in milliseconds.
    pub fn elapsed_ms(&self) -> f64 {
        match self.0.started_ms.get() {
            0.0 => 0.0,
            started if self.state().is_live() => now_ms() - started,
            _ => self.0.status.borrow().elapsed_ms,
        }
    }

    /// Takes the next bytes from the page; they go on from the ones before.
    pub fn push(&self, bytes: impl Into<Vec<u8>>) {
        self.push_item(Item::Bytes(bytes.into(), 0));
    }

    /// Takes an event from the page.
    pub fn take(&self, event: Event) {
        self.push_item(Item::Event(event));
    }

    /// Takes one of our own lines from the page. One that cannot be read is skipped as in a body.
    pub fn take_line(&self, json: impl Into<String>) {
        self.push_item(Item::Line(json.into()));
    }

    /// The page has no more to push: the stream ends as a body that ends cleanly.
    pub fn end(&self) {
        if self.state().is_live() {
            self.receive(Item::End(true));
            self.work();
        }
    }

    /// It failed, by its own account or the page's. What is shown stays.
    pub fn fail(&self, failure: Failure) {
        self.disconnect();
        self.read_all();
        self.0.paused.set(false);
        self.0.session.borrow_mut().stop();
        self.0.turned.take();
        self.0.outcome.take();
        self.update(|status| status.failure = Some(failure.clone()));
        if self.go(State::Error) {
            self.tell(&Notice::Error(failure));
        }
        self.work();
    }

    /// Stops reading; what has come is shown and stays. Does nothing when nothing is read.
    pub fn stop(&self) {
        if self.state().is_live() {
            self.disconnect();
            self.read_all();
            self.0.paused.set(false);
            self.0.session.borrow_mut().stop();
            self.0.turned.take();
            self.0.outcome.take();
            if self.go(State::Stopped) {
                self.tell(&Notice::Stopped);
            }
            self.work();
        }
    }

    /// Ends all work without a word: nobody looks any more.
    pub(crate) fn leave(&self) {
        self.0.host.replace(None);
        self.disconnect();
        self.0.rows.replace(None);
        self.0.painter.replace(None);
        self.0.set_up.replace(None);
    }

    /// Drops everything, to the state before the first start.
    pub fn reset(&self) {
        self.disconnect();
        self.0.source.replace(None);
        self.clear();
        self.0.started_ms.set(0.0);
        // The failure goes before the page hears of it: it may start anew at once.
        self.update(|status| {
            *status = Status {
                state: status.state,
                ..Status::default()
            };
        });
        self.go(State::Idle);
    }

    /// Drops the outline.
    fn clear(&self) {
        self.0.paused.set(false);
        self.renew(session::Options::default());
        self.0.inbox.borrow_mut().clear();
        self.0.pending.borrow_mut().clear();
        self.with_rows(|rows| rows.apply(&Change::Cleared));
        self.update(|status| (status.planned, status.failure) = (None, None));
    }

    /// Shows nothing more until [`Preview::resume`]; reading goes on.
    pub fn pause(&self) {
        if self.state().is_live() && !self.0.paused.replace(true) {
            show_held();
            self.go(State::Paused);
        }
    }

    /// Shows what has come meanwhile, and what comes.
    pub fn resume(&self) {
        if self.0.paused.replace(false) {
            let state = self.0.session.borrow().state();
            // Of what the page pushes, the session does not know.
            let reads = state.is_live();
            self.go(if reads { state } else { State::Streaming });
            self.work();
        }
    }

    /// The outline as Markdown, with all that has come.
    pub fn to_markdown(&self) -> String {
        self.read_all();
        self.with_reader(|reader| reader.outline().to_markdown())
    }

    /// The title of the module that settled last.
    pub(super) fn newest_module(&self) -> String {
        self.0.newest.borrow().clone()
    }

    pub(super) fn tell_follow(&self, following: bool) {
        self.tell(&Notice::Follow(following));
    }

    /// Opens or closes all modules.
    pub fn expand_all(&self, expanded: bool) {
        self.with_rows(|rows| rows.expand_all(expanded));
    }

    /// Begins a session of its own.
    pub(super) fn renew(&self, options: session::Options) {
        let session = Session::new(options, &self.0.options.borrow().reader);
        self.0.session.replace(session);
        self.0.turned.take();
        self.0.outcome.take();
    }

    pub(super) fn begin(&self, state: State) {
        self.0.started_ms.set(now_ms());
        self.set_busy(false);
        let preview = self.downgrade();
        let tick = move || {
            if let Some(preview) = preview.upgrade() {
                preview.tick();
            }
        };
        let tick = set_interval_with_handle(tick, Duration::from_millis(TICK_MS)).ok();
        if let Some(old) = self.0.tick.replace(tick) {
            old.clear();
        }
        if self.go(state) {
            self.tell(&Notice::Start);
        }
    }

    fn push_item(&self, item: Item) {
        if self.takes_pushes() {
            self.receive(item);
            self.work();
        }
    }

    pub(super) fn receive(&self, item: Item) {
        self.0.inbox.borrow_mut().push_back(item);
    }

    /// Whether the page may push: the first push begins, and what comes after the end is dropped.
    fn takes_pushes(&self) -> bool {
        if self.state() == State::Idle {
            self.renew(session::Options::default());
            self.begin(State::Streaming);
        }
        self.state().is_live()
    }

    pub(super) fn disconnect(&self) {
        self.hang_up();
        show_held();
        self.0.epoch.set(self.0.epoch.get() + 1);
        if let Some(tick) = self.0.tick.take() {
            tick.clear();
        }
    }

    /// Goes to the state of the session.
    pub(super) fn follow(&self) {
        let state = self.0.session.borrow().state();
        if state.is_live() {
            self.go(match self.0.paused.get() {
                true => State::Paused,
                false => state,
            });
        }
    }

    /// Goes to a state and tells the page. Answers whether it is still there afterwards.
    pub(super) fn go(&self, state: State) -> bool {
        let previous = self.state();
        if previous != state {
            self.update_progress();
            self.update(|status| status.state = state);
            self.tell(&Notice::StateChange { state, previous });
        }
        self.state() == state
    }

    fn tick(&self) {
        self.watch_age();
        let counts = |preview: &Preview| preview.0.status.borrow().counts;
        let before = counts(self);
        self.update_progress();
        // Timers that were held up come in quick succession.
        let now = now_ms();
        if counts(self) != before && now - self.0.told_ms.get() >= PROGRESS_MS {
            self.0.told_ms.set(now);
            self.tell(&Notice::Progress);
        }
    }

    pub(super) fn update_progress(&self) {
        let (counts, titled) = self.with_reader(|reader| {
            let outline = reader.outline();
            (outline.counts(), !outline.title().is_empty())
        });
        let elapsed_ms = self.elapsed_ms();
        self.update(|status| {
            (status.counts, status.titled, status.elapsed_ms) = (counts, titled, elapsed_ms);
        });
    }

    pub(super) fn update(&self, change: impl FnOnce(&mut Status)) {
        let mut status = self.0.status.borrow().clone();
        change(&mut status);
        if status == *self.0.status.borrow() {
            return;
        }
        self.0.status.replace(status.clone());
        // What follows an app's signal may do anything with the preview, so nothing is borrowed.
        let painter = self.0.painter.borrow().clone();
        let signal = self
            .0
            .signal
            .borrow()
            .as_ref()
            .map(|(_, watcher)| watcher.clone());
        painter
            .iter()
            .chain(&signal)
            .for_each(|watcher| watcher(&status));
    }

    /// Opens or closes the module of a toggle.
    pub(super) fn toggle(&self, button: &web_sys::Element) {
        if let Some((node, expanded)) = self.with_rows(|rows| rows.toggle(button)).flatten() {
            self.tell(&Notice::Toggle { node, expanded });
        }
    }

    pub(super) fn tell(&self, notice: &Notice) -> bool {
        // The listener may change anything here, so nothing may be borrowed while it runs.
        let host = self.0.host.borrow().clone();
        host.is_none_or(|host| host(notice))
    }
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
