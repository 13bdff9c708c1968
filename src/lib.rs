//! A live preview of a course outline while a language model writes it.
//!
//! A backend sends the outline as NDJSON, only what is new in each line; this crate reads that stream in the browser
//! and applies each delta to a **keyed reactive outline**, so that what is already shown is never rendered again. It is
//! a Leptos library (`use_live_outline`, `LiveOutline`, `OutlineView`), a custom element (`<live-outline>`, see
//! `www/embed.js`) and, without any feature, a reader and a writer that run anywhere.
//!
//! # The path of a byte
//!
//! A pipeline; each module calls only those before it in this row (`tests/tidy.rs` checks that):
//!
//! ```text
//! live::fetch ─bytes▶ session ─▶ reader ─Change▶ live::store ─signals▶ view
//!  the only            when to      │              the keyed             Leptos
//!  network code        ask again    │              reactive outline      components
//!                                   │
//!   read:    frame ─▶ replay ─▶ dialect ─▶ event
//!            lines,   read      whose      what it
//!            events   before?   words      says
//!   outline: increment ─▶ thinking ─▶ markdown | json_outline ─▶ tree
//!            what is new  hidden      what it means               keyed, says what changes
//! ```
//!
//! One loop carries it, within a frame's budget: `live/stream.rs`. The other direction, for backends in Rust, is
//! [`writer`].
//!
//! # Where things are
//!
//! | to | look at |
//! |---|---|
//! | read another producer's format | `src/read/dialect/`: one small file, one line in the table of its `mod.rs` |
//! | change what counts as a module or lesson | `src/outline/markdown.rs`, `labels.rs`, `json_outline.rs` |
//! | change when and how long it waits before it asks again | `src/session.rs` |
//! | show something else in the status line | `src/view/status_line.rs`; its words: `src/view/words.rs` |
//! | add a language | `www/locales.js`, and its name in `LANGUAGES` of `www/embed.js` |
//! | show nodes in an app's own way, as links say | the props `module`, `section`, `lesson` of `OutlineView` |
//! | change how rows look | `src/view/shapes.rs` (what they are made of), `src/view/style.css` |
//! | add an attribute of the element | `src/element.rs`, `www/embed.js` |
//!
//! # What is promised
//!
//! * Any split of the same bytes gives the same outline, the same keys and the same elements.
//! * A row is built once for its key. Nothing shown is removed, made again or taken back while nodes are only added; the
//!   open title grows in its own text node.
//! * What one delta costs does not depend on how large the outline is, flat or nested.
//! * No bytes cause a panic, a hang or unbounded memory. The limits are
//!   [`LINE_BYTES_MAX`](read::lines::LINE_BYTES_MAX), [`TITLE_BYTES_MAX`](outline::title::TITLE_BYTES_MAX),
//!   [`NODES_MAX`](outline::tree::NODES_MAX), [`DEPTH_MAX`](outline::tree::DEPTH_MAX) and
//!   [`REPEAT_BYTES_MAX`](reader::REPEAT_BYTES_MAX).
//! * A cut at any byte, any number of times, gives the same outline or an honest `incomplete`, never a wrong `done`; and
//!   what cannot be replayed is never requested twice by itself.
//! * Nothing from the stream becomes markup, code, a link or a request.
//!
//! # Decisions
//!
//! * *Signals where somebody reads them.* A node's title, its end and its children are signals of their own, but the set
//!   of subscribers is made for the first one: 110 000 nodes that nobody follows cost no graph.
//! * *The default rows take the changes themselves.* One effect reads each batch of changes and gives it to the rows; no
//!   row has an effect, none looks for itself in the DOM. A `<For>` of components took eight times the memory and twice
//!   the processor time at 110 000 rows. An app's own rows are ordinary views, and may cost that.
//! * *At once.* What the components show follows in the same call (`view/bind.rs`), so that no event precedes what it tells of.
//!
//! # Features
//!
//! None by default: the reader and the writer, with one dependency. A Leptos app takes `csr`, `hydrate` or `ssr`, as of
//! Leptos itself; on a server there is no stream, the frame is rendered, and the browser hydrates it. `element` is the
//! custom element's build.

pub mod read;

pub mod outline;

pub mod reader;

pub mod state;

pub mod session;

pub mod writer;

#[cfg(feature = "live")]
pub mod live;

#[cfg(feature = "live")]
pub mod view;

#[cfg(feature = "element")]
mod element;

#[cfg(feature = "live")]
pub use crate::{
    live::hook::{End, Live, LiveEvent, RequestOptions, StreamOptions, use_live_outline},
    live::store::{Node, Outline, Title},
    view::component::{Done, LiveOutline},
    view::options::ViewOptions,
    view::outline::OutlineView,
};
