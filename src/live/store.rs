//! The keyed reactive outline: applies [`Change`]s to nodes that can be read as signals. Never touches
//! the DOM, never reads a stream, and never compares what was there with what is new.
//!
//! What is read inside an effect, a memo or a view is followed; nobody else pays for it: the set of
//! subscribers of a title (200 bytes and more) is made when somebody first asks for that title.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, Weak};

use leptos::prelude::{ArcTrigger, Notify, Track};
use leptos::reactive::effect::batch;
use leptos::reactive::graph::Observer;

use crate::outline::tree::{Change, Key, Kind, NodeIdx, ROOT};

/// The outline of a stream, as it is known so far. Clones are the same outline.
#[derive(Clone)]
pub struct Outline(Arc<Store>);

struct Store {
    root: Node,
    /// By their places in the reader's tree, which changes name.
    nodes: RwLock<Vec<Option<Node>>>,
    feeds: Mutex<Vec<Weak<Feed>>>,
    /// Some feed has got a batch.
    fed: ArcTrigger,
}

/// One node of an [`Outline`]: a module, a section or a lesson. Cheap to clone, stays valid when its node has
/// left the outline, and is equal to itself only. Its getters are signals: what reads one of them in an effect or
/// a view runs again when that one is different, and only then.
#[derive(Clone)]
pub struct Node(Arc<Inner>);

struct Inner {
    at: NodeIdx,
    key: Key,
    kind: Kind,
    state: RwLock<State>,
    title: Signal,
    settled: Signal,
    children: Signal,
}

#[derive(Default)]
pub(crate) struct State {
    title: String,
    settled: bool,
    cut: bool,
    id: Option<Arc<str>>,
    parent: Option<NodeIdx>,
    children: Vec<Node>,
    /// Where among the children something was put or taken out last: what a snapshot does next is near to it.
    hint: usize,
}

impl State {
    /// The place of a child, looked for from where the last one was.
    fn place(&self, at: NodeIdx) -> Option<usize> {
        let (before, behind) = self.children.split_at(self.hint.min(self.children.len()));
        let is_it = |node: &Node| node.0.at == at;
        let found = behind.iter().position(is_it);
        found
            .map(|place| before.len() + place)
            .or_else(|| before.iter().rposition(is_it))
    }
}

/// What makes one value of a node a signal: the set of its subscribers, which is made for the first one.
#[derive(Default)]
struct Signal(OnceLock<ArcTrigger>);

impl Signal {
    fn track(&self) {
        if Observer::get().is_some() {
            self.0.get_or_init(ArcTrigger::new).track();
        }
    }

    fn notify(&self) {
        if let Some(trigger) = self.0.get() {
            trigger.notify();
        }
    }
}

impl Node {
    fn new(at: NodeIdx, key: Key, kind: Kind, state: State) -> Node {
        Node(Arc::new(Inner {
            at,
            key,
            kind,
            state: RwLock::new(state),
            title: Signal::default(),
            settled: Signal::default(),
            children: Signal::default(),
        }))
    }

    /// Its lasting name: unique in its outline, never changed, never used again.
    pub fn key(&self) -> Key {
        self.0.key
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The producer's own name for it, if it has given one (`"id"` of a `module` or `lesson` line).
    pub fn id(&self) -> Option<Arc<str>> {
        self.0.children.track();
        self.look(|state| state.id.clone())
    }

    /// Its title: in a `view!` a text that grows in place, anywhere else a signal to read.
    pub fn title(&self) -> Title {
        Title(self.clone())
    }

    /// True if the title is whole: its line has ended.
    pub fn is_settled(&self) -> bool {
        self.0.settled.track();
        self.look(|state| state.settled)
    }

    /// True if the title was longer than
    /// [`TITLE_BYTES_MAX`](crate::outline::title::TITLE_BYTES_MAX) and is not shown whole.
    pub fn is_cut(&self) -> bool {
        self.0.settled.track();
        self.look(|state| state.cut)
    }

    /// The nodes under it, in order: keyed by [`Node::key`], so that a `<For>` never makes a row again.
    pub fn children(&self) -> Vec<Node> {
        self.0.children.track();
        self.look(|state| state.children.clone())
    }

    pub(crate) fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.0.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn update<T>(&self, update: impl FnOnce(&mut State) -> T) -> T {
        update(&mut self.0.state.write().unwrap_or_else(PoisonError::into_inner))
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Node) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Node {}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.look(|state| {
            f.debug_struct("Node")
                .field("key", &self.0.key.0)
                .field("kind", &self.0.kind)
                .field("title", &state.title)
                .field("settled", &state.settled)
                .field("children", &state.children)
                .finish()
        })
    }
}

/// The title of a [`Node`], or of the course.
///
/// In a `view!` it is one text node, to which what is new is appended, so that a reader's selection in it
/// lasts. [`Title::get`] reads it as a signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title(pub(crate) Node);

impl Title {
    /// The title so far. Read in an effect or a view it is followed.
    pub fn get(&self) -> String {
        self.with(str::to_owned)
    }

    /// The title so far, without following it.
    pub fn get_untracked(&self) -> String {
        self.0.look(|state| state.title.clone())
    }

    /// True if there is none so far.
    pub fn is_empty(&self) -> bool {
        self.with(str::is_empty)
    }

    /// Looks at the title so far and follows it, without a copy.
    pub fn with<T>(&self, look: impl FnOnce(&str) -> T) -> T {
        self.0.0.title.track();
        self.0.look(|state| look(&state.title))
    }
}

impl Default for Outline {
    fn default() -> Self {
        Outline(Arc::new(Store {
            root: Node::new(ROOT, Key(0), Kind::Course, State::default()),
            nodes: RwLock::default(),
            feeds: Mutex::default(),
            fed: ArcTrigger::new(),
        }))
    }
}

impl fmt::Debug for Outline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Outline").field(&self.0.root).finish()
    }
}

// What there is.
impl Outline {
    /// An outline of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The course title: a text that grows in place, or a signal to read.
    pub fn title(&self) -> Title {
        self.0.root.title()
    }

    /// The course itself as a node: its children are the outline's.
    pub fn root(&self) -> Node {
        self.0.root.clone()
    }

    /// The nodes at the top, in order: modules, and what stands before the first of them.
    pub fn children(&self) -> Vec<Node> {
        self.0.root.children()
    }

    /// The node with a key, if it stands in the outline. Looks through all of them.
    pub fn node(&self, key: Key) -> Option<Node> {
        let nodes = self.0.nodes.read().unwrap_or_else(PoisonError::into_inner);
        let found = nodes.iter().flatten().find(|node| node.0.key == key);
        found.cloned()
    }

    /// The node that the reader's tree keeps at a place.
    pub(crate) fn at(&self, at: NodeIdx) -> Option<Node> {
        if at == ROOT {
            return Some(self.root());
        }
        let nodes = self.0.nodes.read().unwrap_or_else(PoisonError::into_inner);
        nodes.get(at.as_usize())?.clone()
    }
}

// What is new.
impl Outline {
    /// Applies what has changed, as one batch: whoever follows a node runs once, after all of it. An append
    /// costs the same at any size; a node put elsewhere costs the length of its list.
    pub fn apply(&self, changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        batch(|| {
            changes.iter().for_each(|change| self.apply_one(change));
            let mut feeds = lock(&self.0.feeds);
            feeds.retain(|feed| feed.strong_count() > 0);
            if feeds.is_empty() {
                return;
            }
            let changes: Arc<[Change]> = changes.into();
            for feed in feeds.iter().filter_map(Weak::upgrade) {
                lock(&feed.waiting).push_back(changes.clone());
            }
            drop(feeds);
            self.0.fed.notify();
        });
    }

    fn apply_one(&self, change: &Change) {
        match change {
            Change::Opened {
                node,
                parent,
                after,
                key,
                kind,
                title,
            } => {
                let state = State {
                    title: title.clone(),
                    parent: Some(*parent),
                    ..State::default()
                };
                let fresh = Node::new(*node, *key, *kind, state);
                self.keep(*node, fresh.clone());
                self.put(&fresh, *parent, *after);
            }
            Change::Grew { node, text } => {
                if let Some(node) = self.at(*node) {
                    node.update(|state| state.title.push_str(text));
                    node.0.title.notify();
                }
            }
            Change::Renamed { node, title } => {
                if let Some(node) = self.at(*node) {
                    node.update(|state| state.title.clone_from(title));
                    node.0.title.notify();
                }
            }
            Change::Settled { node, cut, .. } => self.set_settled(*node, true, *cut),
            Change::Reopened { node } => self.set_settled(*node, false, false),
            Change::Moved { node, after } => {
                if let Some(moved) = self.at(*node)
                    && let Some(parent) = moved.look(|state| state.parent)
                {
                    self.take_out(&moved, parent);
                    self.put(&moved, parent, *after);
                }
            }
            Change::Removed { node } => {
                if let Some(gone) = self.at(*node)
                    && let Some(parent) = gone.look(|state| state.parent)
                {
                    self.take_out(&gone, parent);
                    self.forget(gone);
                }
            }
            Change::Cleared => self.clear(),
            // Says how much is shown, and changes nothing of it.
            Change::Limited(_) => {}
        }
    }

    fn set_settled(&self, at: NodeIdx, settled: bool, cut: bool) {
        if let Some(node) = self.at(at) {
            node.update(|state| (state.settled, state.cut) = (settled, cut));
            node.0.settled.notify();
        }
    }

    fn keep(&self, at: NodeIdx, node: Node) {
        let mut nodes = self.0.nodes.write().unwrap_or_else(PoisonError::into_inner);
        if nodes.len() <= at.as_usize() {
            nodes.resize_with(at.as_usize() + 1, || None);
        }
        nodes[at.as_usize()] = Some(node);
    }

    /// Puts a node under its parent, behind its sibling `after`.
    fn put(&self, node: &Node, parent: NodeIdx, after: Option<NodeIdx>) {
        let Some(parent) = self.at(parent) else {
            return;
        };
        parent.update(|state| {
            if state.children.last().map(|last| last.0.at) == after {
                state.children.push(node.clone());
            } else {
                let after = after.and_then(|after| state.place(after));
                state.hint = after.map_or(0, |place| place + 1);
                state.children.insert(state.hint, node.clone());
            }
        });
        parent.0.children.notify();
    }

    fn take_out(&self, node: &Node, parent: NodeIdx) {
        if let Some(parent) = self.at(parent) {
            parent.update(|state| {
                if let Some(place) = state.place(node.0.at) {
                    state.hint = place;
                    state.children.remove(place);
                }
            });
            parent.0.children.notify();
        }
    }

    /// Lets go of a node and of all under it; whoever still holds one can go on reading it.
    fn forget(&self, gone: Node) {
        let mut nodes = self.0.nodes.write().unwrap_or_else(PoisonError::into_inner);
        let mut gone = vec![gone];
        while let Some(node) = gone.pop() {
            if let Some(place) = nodes.get_mut(node.0.at.as_usize()) {
                *place = None;
            }
            gone.extend(node.look(|state| state.children.clone()));
        }
    }

    fn clear(&self) {
        (self.0.nodes.write().unwrap_or_else(PoisonError::into_inner)).clear();
        let root = &self.0.root;
        root.update(|state| *state = State::default());
        root.0.title.notify();
        root.0.settled.notify();
        root.0.children.notify();
    }
}

/// The changes of an outline, for a view that applies them one by one instead of comparing lists. What
/// reads [`ChangeFeed::take`] in an effect runs again when there are more.
pub(crate) struct ChangeFeed {
    feed: Arc<Feed>,
    fed: ArcTrigger,
}

#[derive(Default)]
struct Feed {
    waiting: Mutex<VecDeque<Arc<[Change]>>>,
}

impl ChangeFeed {
    /// What has changed since this was last called, in batches, oldest first.
    pub(crate) fn take(&self) -> VecDeque<Arc<[Change]>> {
        self.fed.track();
        std::mem::take(&mut *lock(&self.feed.waiting))
    }
}

impl Outline {
    /// The changes from now on, for a view that has been built from what there is.
    pub(crate) fn feed(&self) -> ChangeFeed {
        let feed = Arc::new(Feed::default());
        lock(&self.0.feeds).push(Arc::downgrade(&feed));
        ChangeFeed {
            feed,
            fed: self.0.fed.clone(),
        }
    }

    /// The changes that make an empty outline this one: for a view that comes later.
    pub(crate) fn as_changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        let course = self.root().look(|state| state.title.clone());
        if !course.is_empty() {
            changes.push(Change::Grew {
                node: ROOT,
                text: course,
            });
        }
        changes.extend(settled(&self.root(), 0));
        let mut next = below(&self.root());
        while let Some((index, node, after)) = next.pop() {
            changes.push(node.look(|state| Change::Opened {
                node: node.0.at,
                parent: state.parent.unwrap_or(ROOT),
                after,
                key: node.0.key,
                kind: node.0.kind,
                title: state.title.clone(),
            }));
            changes.extend(settled(&node, index));
            next.extend(below(&node));
        }
        changes
    }
}

/// The nodes under a node with their places and the sibling before each, the last one first.
fn below(node: &Node) -> Vec<(usize, Node, Option<NodeIdx>)> {
    node.look(|state| {
        let before = |i: usize| Some(state.children.get(i.checked_sub(1)?)?.0.at);
        let children = state.children.iter().enumerate().rev();
        children.map(|(i, it)| (i, it.clone(), before(i))).collect()
    })
}

fn settled(node: &Node, index: usize) -> Option<Change> {
    node.look(|state| {
        state.settled.then_some(Change::Settled {
            node: node.0.at,
            index,
            cut: state.cut,
        })
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
