//! What a preview is told, what it tells and how it stands. Never does any of it.

use crate::core::event::Mode;
use crate::core::outline::{Counts, Kind, NodeIdx};
use crate::core::reader;
use crate::core::session::Reconnect;
use crate::core::state::{Failure, State};
use crate::widget::rows::Expanded;
use crate::widget::strings::Strings;

/// How a preview reads and shows.
#[derive(Clone, Debug)]
pub struct Options {
    /// How the stream is read.
    pub reader: reader::Options,
    /// When it is requested again without anyone asking for it.
    pub reconnect: Reconnect,
    /// How old data is when it counts as stalled, in milliseconds; 0 is never. 20 seconds.
    pub stall_ms: f64,
    /// The heading level of the course title, 1 to 6; 0 is 2.
    pub heading_level: u8,
    /// The accessible name while the stream has no title.
    pub label: String,
    /// Which modules are open when they come.
    pub expanded: Expanded,
    /// What there is besides the outline: some of `status stop pause retry copy download expand`,
    /// with blanks between them, or `none`; empty is all.
    pub controls: String,
    /// Whether the newest stays in sight while the reader is there.
    pub follow: bool,
    /// What is said to screen readers: `modules`, `milestones` or `off`; empty is `modules`.
    pub announce: String,
    /// The language of the outline, if it is another one than the page's.
    pub content_lang: String,
    /// The words.
    pub strings: Strings,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            reader: reader::Options::default(),
            reconnect: Reconnect::default(),
            stall_ms: 20_000.0,
            heading_level: 0,
            label: String::new(),
            expanded: Expanded::default(),
            controls: String::new(),
            follow: true,
            announce: String::new(),
            content_lang: String::new(),
            strings: Strings::default(),
        }
    }
}

impl Options {
    /// The mode by its name in an attribute.
    pub fn mode(name: &str) -> Mode {
        Mode::named(name).unwrap_or_default()
    }
}

/// What happened, for the page.
#[derive(Clone, Debug)]
pub enum Notice {
    /// A stream begins.
    Start,
    /// A module or lesson is whole.
    Settled {
        /// Which, in [`Preview::with_node`](super::preview::Preview::with_node).
        node: NodeIdx,
        /// What it is.
        kind: Kind,
        /// Its zero-based place among its siblings.
        index: usize,
    },
    /// Counts have changed; at most ten a second.
    Progress,
    /// The state is another one.
    StateChange {
        /// The state now.
        state: State,
        /// The state before.
        previous: State,
    },
    /// The stream has ended.
    Done {
        /// It said that the outline is complete.
        complete: bool,
    },
    /// The reader of the page, or the page, has stopped it.
    Stopped,
    /// The reader of the page asks to try again.
    Retry,
    /// It failed.
    Error(Failure),
    /// A line was skipped.
    Skipped {
        /// Which one, from 1.
        line: u64,
        /// Why, in a sentence.
        reason: String,
    },
    /// The newest is being kept in sight, or no longer.
    Follow(bool),
    /// A module was opened or closed.
    Toggle {
        /// Which, in [`Preview::with_node`](super::preview::Preview::with_node).
        node: NodeIdx,
        /// It is open now.
        expanded: bool,
    },
}

/// How a preview stands: everything it shows around the outline.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// What it is doing.
    pub state: State,
    /// How many nodes there are; brought up to date four times a second.
    pub counts: Counts,
    /// There is a course title.
    pub titled: bool,
    /// How many modules are planned, if the stream has said so.
    pub planned: Option<u64>,
    /// From the start to now, or to the end, in milliseconds.
    pub elapsed_ms: f64,
    /// What went wrong.
    pub failure: Option<Failure>,
}
