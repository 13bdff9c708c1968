//! What the parts of one frame share. Never shows anything itself.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use leptos::prelude::*;
use send_wrapper::SendWrapper;
use web_sys::{Element, HtmlElement};

use crate::live::hook::Live;
use crate::live::store::Node;
use crate::state::State;
use crate::view::follow::Follower;
use crate::view::options::{Control, Expanded, ViewOptions};
use crate::view::rows::Rows;
use crate::view::words::{Word, Words};

/// Something that a reader did in a view.
#[derive(Clone, Debug)]
pub enum ViewEvent {
    /// A module was opened or closed.
    Toggle {
        /// Which.
        node: Node,
        /// It is open now.
        expanded: bool,
    },
    /// The newest is being kept in sight, or no longer.
    Follow(bool),
}

type Listener = Rc<dyn Fn(&ViewEvent)>;

/// One frame: the live outline it shows, how, and where its parts are.
#[derive(Clone)]
pub(crate) struct Frame {
    pub live: Live,
    pub options: ArcRwSignal<ViewOptions>,
    /// What the button for all modules would undo.
    pub all_open: ArcRwSignal<bool>,
    /// The reader has left the newest, and it can be gone back to.
    pub wants_latest: ArcRwSignal<bool>,
    /// The outline was put on the clipboard a moment ago.
    pub copied: ArcRwSignal<bool>,
    /// Something to say to screen readers now: another number means another sentence.
    pub sentence: ArcRwSignal<Option<(u32, Word)>>,
    /// Before ids, so that two outlines in one document have different ones.
    pub prefix: String,
    /// Where other elements may stand: slots of a shadow root.
    pub has_slots: bool,
    page: Arc<OnceLock<SendWrapper<Page>>>,
}

/// What of a frame there is in a browser.
#[derive(Default)]
pub(crate) struct Page {
    /// The outermost element.
    pub base: RefCell<Option<Element>>,
    /// The element that scrolls.
    pub body: RefCell<Option<HtmlElement>>,
    pub rows: RefCell<Option<Rows>>,
    pub follower: RefCell<Option<Follower>>,
    listeners: RefCell<Vec<Listener>>,
}

impl Frame {
    pub fn new(live: Live, options: ArcRwSignal<ViewOptions>, has_slots: bool) -> Frame {
        let open = options.with_untracked(|options| options.expanded == Expanded::All);
        Frame {
            live,
            options,
            all_open: ArcRwSignal::new(open),
            wants_latest: ArcRwSignal::new(false),
            copied: ArcRwSignal::new(false),
            sentence: ArcRwSignal::new(None),
            prefix: if has_slots {
                String::new()
            } else {
                next_prefix()
            },
            has_slots,
            page: Arc::default(),
        }
    }

    /// Its elements. Only in a browser.
    pub fn page(&self) -> &Page {
        self.page.get_or_init(|| SendWrapper::new(Page::default()))
    }

    /// A word of the view, followed.
    pub fn word(&self, word: Word) -> String {
        self.words(|words| words.get(word).to_owned())
    }

    /// Looks at the words and follows them.
    pub fn words<T>(&self, look: impl FnOnce(&Words) -> T) -> T {
        self.options.with(|options| look(&options.words))
    }

    /// The language of the words.
    pub fn lang(&self) -> Option<String> {
        Some(self.words(|words| words.lang().to_owned()))
    }

    /// Returns true if a control is wanted.
    pub fn has(&self, control: Control) -> bool {
        self.options.with(|options| options.controls.has(control))
    }

    /// What it is doing, followed.
    pub fn state(&self) -> State {
        self.live.signals.state.get()
    }

    /// Returns true if there is a node or a title.
    pub fn has_some(&self) -> bool {
        let counts = self.live.signals.counts.get();
        counts.modules + counts.lessons > 0
    }

    /// Says a word to screen readers now.
    pub fn say(&self, word: Word) {
        self.sentence.update(|sentence| {
            let number = sentence.map_or(0, |(number, _)| number + 1);
            *sentence = Some((number, word));
        });
    }

    /// Opens or closes all modules.
    pub fn expand_all(&self, expanded: bool) {
        if let Some(rows) = self.page().rows.borrow_mut().as_mut() {
            rows.expand_all(expanded);
        }
        self.all_open.set(expanded);
    }

    /// Calls `listener` with what a reader does.
    pub fn on_event(&self, listener: impl Fn(&ViewEvent) + 'static) {
        self.page().listeners.borrow_mut().push(Rc::new(listener));
    }

    /// Tells what a reader did.
    pub fn notify(&self, event: &ViewEvent) {
        let listeners = self.page().listeners.borrow().clone();
        listeners.iter().for_each(|listener| listener(event));
    }

    /// Lets go of all elements.
    pub fn leave(&self) {
        let page = self.page();
        page.rows.replace(None);
        page.follower.replace(None);
        page.base.replace(None);
        page.body.replace(None);
        page.listeners.borrow_mut().clear();
    }
}

/// The frame of the component that asks.
pub(crate) fn use_frame() -> Frame {
    expect_context::<Frame>()
}

/// A shadow root has its own ids; in a document each outline needs others.
fn next_prefix() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("live-outline-{}-", NEXT.fetch_add(1, Ordering::Relaxed))
}
