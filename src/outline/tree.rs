//! The keyed tree: applies what the grammar reads and says what has changed.
//! Never knows how it is shown, and never looks at what is already there to add to it: one step
//! costs the same at any size.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::mem;

use crate::outline::markdown::{Marker, Step};
use crate::outline::title;

/// The most nodes an outline has; further ones are not taken up.
pub const NODES_MAX: usize = 200_000;
/// The deepest a node stands, a module being at 1; deeper ones stand at this depth.
pub const DEPTH_MAX: u32 = 32;
/// How many columns deeper than its parent's marker a nested item's marker stands, at least.
pub(super) const NESTED_COLUMNS: u32 = 2;

/// The lasting name of a node: unique in its outline, never changed, never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u32);

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The place of a node in the outline's memory; valid until the node is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NodeIdx(u32);

/// The node of the course itself: its title is the outline's, its children stand at the top.
pub const ROOT: NodeIdx = NodeIdx(0);

impl NodeIdx {
    /// The place as a number, for tables that run beside the outline.
    pub fn as_usize(self) -> usize {
        self.0 as usize
    }

    /// The place at a number of such a table.
    pub fn from_usize(at: usize) -> Self {
        NodeIdx(at as u32)
    }
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The course: only [`ROOT`].
    Course,
    /// A `##` heading, or a later `#` heading.
    Module,
    /// A `###` to `######` heading.
    Section,
    /// A list item.
    Lesson,
}

impl Kind {
    /// The name that pages and exports see.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Course => "course",
            Kind::Module => "module",
            Kind::Section => "section",
            Kind::Lesson => "lesson",
        }
    }
}

/// One node of the outline.
#[derive(Clone, Debug)]
pub struct TreeNode {
    /// Its lasting name.
    pub key: Key,
    /// What it is.
    pub kind: Kind,
    /// Its title as shown.
    pub title: String,
    /// Its line has ended: the title is whole.
    pub settled: bool,
    /// The title was longer than the limit and is not shown whole.
    pub cut: bool,
    /// Its box: `[ ]` or `[x]` before its title. Known when its node opens.
    pub checked: Option<bool>,
    /// The node it stands under.
    pub parent: NodeIdx,
    /// Its place among its siblings, from 0.
    pub index: usize,
    /// The nodes under it, in order.
    pub children: Vec<NodeIdx>,
    /// 0 for the course, 1 for what stands at the top.
    pub depth: u32,
}

/// What has become different, in an order in which it can be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A node has opened under `parent`, right after its sibling `after` (`None`: as the first).
    Opened {
        /// Where it is kept.
        node: NodeIdx,
        /// The node it stands under.
        parent: NodeIdx,
        /// The sibling before it.
        after: Option<NodeIdx>,
        /// Its lasting name.
        key: Key,
        /// What it is.
        kind: Kind,
        /// What is known of its title.
        title: String,
    },
    /// A title has become longer by `text`.
    Grew {
        /// Whose title.
        node: NodeIdx,
        /// What comes after what was there.
        text: String,
    },
    /// A title is whole.
    Settled {
        /// Whose title.
        node: NodeIdx,
        /// The place of the node among its siblings, from 0.
        index: usize,
        /// It is not shown whole, being over the limit.
        cut: bool,
    },
    /// A title that was whole is open again, by a snapshot that ends in it.
    Reopened {
        /// Whose title.
        node: NodeIdx,
    },
    /// A title was replaced.
    Renamed {
        /// Whose title.
        node: NodeIdx,
        /// The new title.
        title: String,
    },
    /// A node has moved among its siblings, to right after `after` (`None`: to the front).
    Moved {
        /// Which node.
        node: NodeIdx,
        /// The sibling before it now.
        after: Option<NodeIdx>,
    },
    /// A node is gone, with all that stood under it.
    Removed {
        /// Which node.
        node: NodeIdx,
    },
    /// Everything is gone, the course title too.
    Cleared,
    /// A limit was reached; said once until everything is cleared.
    Limited(Limit),
}

/// A limit of the outline that a stream can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// [`NODES_MAX`]: further nodes are not taken up.
    Nodes,
    /// [`DEPTH_MAX`]: deeper nodes stand at that depth.
    Depth,
}

impl Limit {
    /// The name of the sentence that says so.
    pub fn name(self) -> &'static str {
        match self {
            Limit::Nodes => "limit-nodes",
            Limit::Depth => "limit-depth",
        }
    }
}

/// How many nodes of each kind there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Modules.
    pub modules: usize,
    /// Sections.
    pub sections: usize,
    /// Lessons, at any depth.
    pub lessons: usize,
}

/// How an outline stood: what comes next would have been added there.
#[derive(Clone, Debug)]
pub struct Standing {
    next_key: u32,
    headings: Vec<(u8, NodeIdx)>,
    items: Vec<(u32, NodeIdx)>,
    open: Option<NodeIdx>,
    /// Bytes of the course title, and of the open one.
    title: usize,
    open_title: usize,
}

/// The outline as it stands.
#[derive(Debug)]
pub struct Tree {
    /// All nodes, the course first; `None` where one was removed.
    pub(super) nodes: Vec<Option<TreeNode>>,
    /// Places of removed nodes, to be taken again.
    free: Vec<NodeIdx>,
    next_key: u32,
    counts: Counts,
    /// The headings that are open, outermost first, with their levels.
    pub(super) headings: Vec<(u8, NodeIdx)>,
    /// The list items that are open under the last heading, outermost first, with their columns.
    pub(super) items: Vec<(u32, NodeIdx)>,
    /// The node whose title grows; `None` while a node over the limit is read.
    pub(super) open: Option<NodeIdx>,
    /// Senders' names for nodes. A key that no longer fits marks an entry of a removed node.
    pub(super) ids: Ids,
    pub(super) limited: Vec<Limit>,
    pub(super) changes: Vec<Change>,
}

impl Default for Tree {
    fn default() -> Self {
        let mut outline = Tree {
            nodes: Vec::new(),
            free: Vec::new(),
            next_key: 0,
            counts: Counts::default(),
            headings: Vec::new(),
            items: Vec::new(),
            open: None,
            ids: Ids::default(),
            limited: Vec::new(),
            changes: Vec::new(),
        };
        outline.insert(Kind::Course, ROOT, 0);
        outline
    }
}

/// What senders have named, by the hashes of their names: a name itself may be as long as a line, and
/// there may be as many of them as nodes.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids(HashMap<u64, (NodeIdx, Key)>);

impl Ids {
    fn hash(id: &str) -> u64 {
        BuildHasherDefault::<DefaultHasher>::default().hash_one(id)
    }

    fn get(&self, id: &str) -> Option<(NodeIdx, Key)> {
        self.0.get(&Ids::hash(id)).copied()
    }

    fn insert(&mut self, id: &str, node: (NodeIdx, Key)) {
        self.0.insert(Ids::hash(id), node);
    }

    /// Keeps those that still stand.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&(NodeIdx, Key)) -> bool) {
        self.0.retain(|_, node| keep(node));
    }
}

// Reading.
impl Tree {
    /// The course title; empty while there is none.
    pub fn title(&self) -> &str {
        &self.root().title
    }

    /// The course as a node.
    pub fn root(&self) -> &TreeNode {
        // The root is put in by `default` and never removed.
        self.nodes[0].as_ref().expect("the course is always there")
    }

    /// The node at a place, if it still stands.
    pub fn node(&self, at: NodeIdx) -> Option<&TreeNode> {
        self.nodes.get(at.as_usize())?.as_ref()
    }

    /// How many nodes there are.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// How many nodes there are of any kind, the course not among them.
    pub fn len(&self) -> usize {
        self.counts.modules + self.counts.sections + self.counts.lessons
    }

    /// Whether nothing has been read, not even a course title.
    pub fn is_empty(&self) -> bool {
        self.len() == 0 && self.title().is_empty()
    }

    /// The node whose title grows.
    pub fn open(&self) -> Option<NodeIdx> {
        self.open
    }

    /// All nodes below the course, each before those under it.
    pub fn walk(&self) -> impl Iterator<Item = (NodeIdx, &TreeNode)> {
        let mut next: Vec<NodeIdx> = self.root().children.iter().rev().copied().collect();
        std::iter::from_fn(move || {
            let at = next.pop()?;
            let node = self.node(at)?;
            next.extend(node.children.iter().rev());
            Some((at, node))
        })
    }

    /// The changes that make an empty outline this one: for a view that comes later.
    pub fn as_changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        if !self.title().is_empty() {
            let text = self.title().to_owned();
            changes.push(Change::Grew { node: ROOT, text });
        }
        let mut last: Vec<Option<NodeIdx>> = vec![None; self.nodes.len()];
        for (at, node) in self.walk() {
            changes.push(Change::Opened {
                node: at,
                parent: node.parent,
                after: last[node.parent.as_usize()].replace(at),
                key: node.key,
                kind: node.kind,
                title: node.title.clone(),
            });
        }
        let settled = |at, node: &TreeNode| {
            node.settled.then_some(Change::Settled {
                node: at,
                index: node.index,
                cut: node.cut,
            })
        };
        changes.extend(settled(ROOT, self.root()));
        changes.extend(self.walk().filter_map(|(at, node)| settled(at, node)));
        changes
    }

    /// What has changed since this was last called, in order.
    pub fn take_changes(&mut self) -> Vec<Change> {
        mem::take(&mut self.changes)
    }
}

// Growing.
impl Tree {
    /// Applies one step of the grammar. Costs the same at any size of the outline.
    pub fn apply(&mut self, step: Step<'_>) {
        match step {
            Step::Open(marker) => self.open = self.open_node(marker),
            Step::Check(checked) => {
                if let Some(node) = self.open.and_then(|at| self.node_mut(at)) {
                    node.checked = Some(checked);
                }
            }
            Step::Grow(text) => self.grow(text),
            Step::Settle { cut } => {
                if let Some(node) = self.open.take() {
                    self.settle(node, cut);
                }
            }
            Step::Forget => self.clear(),
            Step::Prose => {}
        }
    }

    /// The node a sender has named `id`, if it still stands.
    pub fn named(&self, id: &str) -> Option<NodeIdx> {
        let (at, key) = self.ids.get(id)?;
        (self.node(at)?.key == key).then_some(at)
    }

    /// Remembers a sender's name for the node that was opened last.
    pub fn name_last(&mut self, id: String) {
        if self.limited.contains(&Limit::Nodes) {
            return;
        }
        let last = self
            .items
            .last()
            .map(|item| item.1)
            .or(self.headings.last().map(|heading| heading.1));
        if let Some(at) = last
            && let Some(key) = self.node(at).map(|node| node.key)
        {
            self.ids.insert(&id, (at, key));
        }
    }

    /// Gives a node another title.
    pub fn rename(&mut self, at: NodeIdx, title: &str) {
        let Some(node) = self.node_mut(at).filter(|node| node.title != title) else {
            return;
        };
        let change = match title.strip_prefix(&*node.title) {
            Some(text) => Change::Grew {
                node: at,
                text: text.to_owned(),
            },
            None => Change::Renamed {
                node: at,
                title: title.to_owned(),
            },
        };
        node.title = title.to_owned();
        self.changes.push(change);
    }

    /// How the outline stands, to come back to it.
    pub fn standing(&self) -> Standing {
        let open = self.open.and_then(|at| self.node(at));
        Standing {
            next_key: self.next_key,
            headings: self.headings.clone(),
            items: self.items.clone(),
            open: self.open,
            title: self.title().len(),
            open_title: open.map_or(0, |node| node.title.len()),
        }
    }

    /// Takes back what has been added since: nodes, and the ends of the titles that were open.
    pub fn back_to(&mut self, standing: &Standing) {
        let is_new = |node: &TreeNode| node.key.0 >= standing.next_key;
        let new: Vec<(NodeIdx, NodeIdx)> = self
            .walk()
            .filter(|(_, node)| is_new(node))
            .map(|(at, node)| (at, node.parent))
            .collect();
        for (at, parent) in new {
            let Some(parent) = self.node_mut(parent) else {
                continue;
            };
            parent.children.retain(|&child| child != at);
            self.remove(at);
            self.changes.push(Change::Removed { node: at });
        }
        self.headings.clone_from(&standing.headings);
        self.items.clone_from(&standing.items);
        self.open = standing.open;
        self.shorten(ROOT, standing.title);
        if let Some(open) = standing.open {
            self.shorten(open, standing.open_title);
        }
    }

    fn shorten(&mut self, at: NodeIdx, len: usize) {
        if let Some(node) = self.node(at)
            && let Some(title) = node.title.get(..len)
        {
            let title = title.to_owned();
            self.rename(at, &title);
        }
    }

    /// Drops everything. Keys go on from where they were.
    pub fn clear(&mut self) {
        let changes = if self.is_empty() {
            mem::take(&mut self.changes)
        } else {
            vec![Change::Cleared]
        };
        *self = Tree {
            next_key: self.next_key,
            changes,
            ..Tree::default()
        };
    }

    fn open_node(&mut self, marker: Marker) -> Option<NodeIdx> {
        let level = match marker {
            Marker::Heading(1) if self.counts.modules == 0 && self.title().is_empty() => 0,
            Marker::Title => return Some(ROOT),
            Marker::Part => 1,
            Marker::Heading(level) => level,
            // One column more than they have, so that a lesson that has none stands left of all.
            Marker::Item(column) => return self.open_item(column.saturating_add(NESTED_COLUMNS)),
            Marker::Lesson => return self.open_item(0),
        };
        if level == 0 {
            self.headings.clear();
            self.items.clear();
            return Some(ROOT);
        }
        while self
            .headings
            .last()
            .is_some_and(|&(above, _)| above >= level)
        {
            self.headings.pop();
        }
        // `##` is a module, but stands below a module that is a `#`.
        let parent = self.headings.last().map_or(ROOT, |heading| heading.1);
        let kind = match level {
            1 => Kind::Module,
            2 if parent == ROOT => Kind::Module,
            _ => Kind::Section,
        };
        let node = self.append_below(kind, parent)?;
        self.items.clear();
        self.headings.push((level, node));
        Some(node)
    }

    /// A lesson whose marker stands at a column.
    fn open_item(&mut self, column: u32) -> Option<NodeIdx> {
        while self
            .items
            .last()
            .is_some_and(|&(above, _)| column < above.saturating_add(NESTED_COLUMNS))
        {
            self.items.pop();
        }
        let above = self.items.last().map(|item| item.1);
        let heading = self.headings.last().map(|heading| heading.1);
        let node = self.append_below(Kind::Lesson, above.or(heading).unwrap_or(ROOT))?;
        self.items.push((column, node));
        Some(node)
    }

    /// A new last child of a node, unless there are too many nodes.
    fn append_below(&mut self, kind: Kind, parent: NodeIdx) -> Option<NodeIdx> {
        if self.len() >= NODES_MAX {
            self.limit(Limit::Nodes);
            return None;
        }
        let parent = self.at_most_at_depth(parent, DEPTH_MAX - 1);
        Some(self.append(kind, parent))
    }

    /// `parent`, or what stands above it at the deepest allowed depth.
    fn at_most_at_depth(&mut self, mut parent: NodeIdx, depth: u32) -> NodeIdx {
        while let Some(node) = self.node(parent).filter(|node| node.depth > depth) {
            parent = node.parent;
            self.limit(Limit::Depth);
        }
        parent
    }

    fn append(&mut self, kind: Kind, parent: NodeIdx) -> NodeIdx {
        let depth = self.node(parent).map_or(0, |node| node.depth);
        let node = self.insert(kind, parent, depth + 1);
        let (index, after) = self.node_mut(parent).map_or((0, None), |parent| {
            let after = parent.children.last().copied();
            parent.children.push(node);
            (parent.children.len() - 1, after)
        });
        if let Some(node) = self.node_mut(node) {
            node.index = index;
        }
        self.opened(node, after);
        node
    }

    /// Puts a node into memory, under no parent's children yet.
    pub(super) fn insert(&mut self, kind: Kind, parent: NodeIdx, depth: u32) -> NodeIdx {
        let key = Key(self.next_key);
        self.next_key += 1;
        let node = TreeNode {
            key,
            kind,
            title: String::new(),
            settled: false,
            cut: false,
            checked: None,
            parent,
            index: 0,
            children: Vec::new(),
            depth,
        };
        self.count(kind, 1);
        match self.free.pop() {
            Some(at) => {
                self.nodes[at.as_usize()] = Some(node);
                at
            }
            None => {
                self.nodes.push(Some(node));
                NodeIdx((self.nodes.len() - 1) as u32)
            }
        }
    }

    pub(super) fn opened(&mut self, at: NodeIdx, after: Option<NodeIdx>) {
        if let Some(TreeNode {
            key,
            kind,
            title,
            parent,
            ..
        }) = self.node(at)
        {
            let change = Change::Opened {
                node: at,
                parent: *parent,
                after,
                key: *key,
                kind: *kind,
                title: title.clone(),
            };
            self.changes.push(change);
        }
    }

    fn grow(&mut self, text: &str) {
        let Some(at) = self.open else { return };
        if let Some(node) = self.node_mut(at) {
            node.title.push_str(text);
        }
        // Growth that nobody has seen yet is one change.
        match self.changes.last_mut() {
            Some(
                Change::Opened {
                    node,
                    title: so_far,
                    ..
                }
                | Change::Grew { node, text: so_far },
            ) if *node == at => {
                so_far.push_str(text);
            }
            _ => self.changes.push(Change::Grew {
                node: at,
                text: text.to_owned(),
            }),
        }
    }

    pub(super) fn settle(&mut self, at: NodeIdx, cut: bool) {
        let is_new = |node: &&mut TreeNode| !node.settled || node.cut != cut;
        if let Some(node) = self.node_mut(at).filter(is_new) {
            node.settled = true;
            node.cut = cut;
            let index = node.index;
            self.changes.push(Change::Settled {
                node: at,
                index,
                cut,
            });
        }
    }

    /// Takes a node and all under it out of memory.
    pub(super) fn remove(&mut self, at: NodeIdx) {
        let mut gone = vec![at];
        while let Some(at) = gone.pop() {
            if let Some(node) = self.nodes.get_mut(at.as_usize()).and_then(Option::take) {
                self.count(node.kind, -1);
                gone.extend(node.children);
                self.free.push(at);
            }
        }
    }

    pub(super) fn limit(&mut self, limit: Limit) {
        if !self.limited.contains(&limit) {
            self.limited.push(limit);
            self.changes.push(Change::Limited(limit));
        }
    }

    pub(super) fn node_mut(&mut self, at: NodeIdx) -> Option<&mut TreeNode> {
        self.nodes.get_mut(at.as_usize())?.as_mut()
    }

    fn count(&mut self, kind: Kind, by: isize) {
        let count = match kind {
            Kind::Course => return,
            Kind::Module => &mut self.counts.modules,
            Kind::Section => &mut self.counts.sections,
            Kind::Lesson => &mut self.counts.lessons,
        };
        *count = count.saturating_add_signed(by);
    }
}

// Checks for tests.
impl Tree {
    /// Checks every rule the outline keeps; names the first that is broken.
    #[doc(hidden)]
    pub fn verify(&self) -> Result<(), String> {
        let mut counts = Counts::default();
        let mut keys = std::collections::HashSet::new();
        let mut seen = 1;
        for (at, node) in self.walk() {
            seen += 1;
            match node.kind {
                Kind::Course => return Err("a second course".into()),
                Kind::Module => counts.modules += 1,
                Kind::Section => counts.sections += 1,
                Kind::Lesson => counts.lessons += 1,
            }
            let parent = self.node(node.parent).ok_or("a parent is gone")?;
            let checks = [
                (keys.insert(node.key), "a key stands twice"),
                (node.key.0 < self.next_key, "a key comes from the future"),
                (
                    node.depth == parent.depth + 1 && node.depth <= DEPTH_MAX,
                    "a depth is wrong",
                ),
                (
                    parent.children.contains(&at) || parent.children.len() > 100,
                    "a parent does not know its child",
                ),
                (
                    (node.kind == Kind::Module) <= (node.parent == ROOT),
                    "a module stands below the top",
                ),
                (
                    node.kind != Kind::Section || parent.kind != Kind::Lesson,
                    "a section stands under a lesson",
                ),
                (!node.title.is_empty(), "a title is empty"),
                (
                    !node.title.starts_with([' ', '\t']) && !node.title.contains(['\n', '\r']),
                    "a title is not one line",
                ),
                (
                    node.title.len() <= title::TITLE_BYTES_MAX,
                    "a title is too long",
                ),
                (
                    node.settled || self.open == Some(at) || self.open.is_none(),
                    "a title is forgotten",
                ),
            ];
            if let Some((_, broken)) = checks.iter().find(|(holds, _)| !holds) {
                return Err(format!("{broken}: {node:?}"));
            }
        }
        let standing = self.nodes.iter().flatten().count();
        if standing != seen
            || standing + self.free.len() != self.nodes.len()
            || counts != self.counts
        {
            return Err(format!(
                "{standing} nodes are kept, {seen} stand in the tree, counted as {:?}",
                self.counts
            ));
        }
        if self.len() > NODES_MAX {
            return Err("too many nodes".into());
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::outline::markdown::Grammar;

    fn read(text: &str) -> Tree {
        let mut outline = Tree::default();
        outline.replace(text);
        outline.verify().unwrap();
        outline
    }

    fn picture(outline: &Tree) -> String {
        let mut lines = vec![outline.title().to_owned()];
        for (_, node) in outline.walk() {
            let indent = "  ".repeat(node.depth as usize - 1);
            lines.push(format!("{indent}{} {}", &node.kind.name()[..1], node.title));
        }
        lines.join("\n")
    }

    fn keys(outline: &Tree) -> Vec<(String, Key)> {
        outline
            .walk()
            .map(|(_, node)| (node.title.clone(), node.key))
            .collect()
    }

    #[test]
    fn modules_sections_and_lessons() {
        let text =
            "- r\n# C\n- r2\n## A\n- 1\n### S\n- 2\n#### T\n- 3\n### U\n- 4\n# B\n- 5\n## D\n";
        assert_eq!(
            picture(&read(text)),
            "C\nl r\nl r2\nm A\n  l 1\n  s S\n    l 2\n    s T\n      l 3\n  s U\n    l 4\nm B\n  l 5\n  s D"
        );
    }

    #[test]
    fn nesting_goes_by_indentation() {
        let text = "- a\n  - b\n    - c\n  - d\n- e\n1. f\n   - g\n\t- h\n - i\n";
        assert_eq!(
            picture(&read(text)),
            "\nl a\n  l b\n    l c\n  l d\nl e\nl f\n  l g\n  l h\nl i"
        );
    }

    #[test]
    fn markdown_reads_back() {
        for text in [
            "# C\n\n## A\n- 1\n  - 2\n\n### S\n- 3\n\n#### T\n- 4\n\n## B\n",
            "- r\n### S\n- 1\n## A\n###### Z\n- x\n",
            "## \\# a\\#\n- \\*x\\*\n- ---x\n+ ---\n",
        ] {
            let outline = read(text);
            assert_eq!(
                picture(&read(&outline.to_markdown())),
                picture(&outline),
                "{}",
                outline.to_markdown()
            );
        }
    }

    #[test]
    fn json_has_every_field() {
        let mut outline = Tree::default();
        Grammar::default().feed("# C\"\n## A\n- b\u{1}", &mut |step| outline.apply(step));
        let json = outline.to_json();
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["title"], "C\"");
        assert_eq!(value["children"][0]["children"][0]["title"], "b\u{1}");
        assert_eq!(value["children"][0]["children"][0]["settled"], false);
        assert_eq!(value["children"][0]["kind"], "module");
    }

    #[test]
    fn depth_and_number_of_nodes_are_limited() {
        let deep: String = (0..100)
            .map(|i| format!("{}- n{i}\n", "  ".repeat(i)))
            .collect();
        let outline = read(&deep);
        assert_eq!(
            outline.walk().map(|(_, node)| node.depth).max(),
            Some(DEPTH_MAX)
        );
        assert_eq!(outline.len(), 100);
        let mut outline = Tree::default();
        let mut grammar = Grammar::default();
        for _ in 0..NODES_MAX + 5 {
            grammar.feed("- x\n", &mut |step| outline.apply(step));
        }
        assert_eq!(outline.len(), NODES_MAX);
        let limits = outline
            .take_changes()
            .into_iter()
            .filter(|c| matches!(c, Change::Limited(_)))
            .count();
        assert_eq!(limits, 1);
    }

    #[test]
    fn an_equal_snapshot_changes_nothing() {
        let mut outline = read("# C\n## A\n- 1\n- 1\n## B\n");
        outline.take_changes();
        outline.replace("# C\n## A\n- 1\n- 1\n## B\n");
        assert_eq!(outline.take_changes(), []);
    }

    #[test]
    fn a_snapshot_keeps_what_is_equal() {
        let mut outline = read("## A\n- 1\n- 2\n## B\n- 3\n## C\n- 4\n");
        let before = keys(&outline);
        outline.take_changes();
        // B renamed, C to the front, a new module, lesson 2 gone.
        outline.replace("## C\n- 4\n## A\n- 1\n## B2\n- 3\n## D\n");
        outline.verify().unwrap();
        assert_eq!(
            picture(&outline),
            "\nm C\n  l 4\nm A\n  l 1\nm B2\n  l 3\nm D"
        );
        let after: std::collections::HashMap<String, Key> = keys(&outline).into_iter().collect();
        for (title, key) in before {
            let now = if title == "B" { "B2" } else { &title };
            assert_eq!(after.get(now), (title != "2").then_some(&key), "{title}");
        }
        let moved = outline
            .take_changes()
            .iter()
            .filter(|c| matches!(c, Change::Moved { .. }))
            .count();
        assert_eq!(moved, 1);
    }

    #[test]
    fn text_goes_on_after_a_snapshot() {
        let mut outline = read("## A\n- 1\n");
        let mut grammar = outline.replace("## A\n- 1\n  - un");
        grammar.feed("der\n- 2", &mut |step| outline.apply(step));
        outline.verify().unwrap();
        assert_eq!(picture(&outline), "\nm A\n  l 1\n    l under\n  l 2");
        assert!(!outline.node(outline.open().unwrap()).unwrap().settled);
    }

    #[test]
    fn a_clear_keeps_keys_unique() {
        let mut outline = read("## A\n");
        let before = outline.walk().next().unwrap().1.key;
        outline.take_changes();
        outline.clear();
        assert_eq!(outline.take_changes(), [Change::Cleared]);
        outline.replace("## A\n");
        outline.verify().unwrap();
        assert_ne!(outline.walk().next().unwrap().1.key, before);
    }

    #[test]
    fn names_do_not_outlive_their_nodes() {
        let mut outline = Tree::default();
        Grammar::default().node(Marker::Heading(2), "A", &mut |step| outline.apply(step));
        outline.name_last("x".into());
        assert!(outline.named("x").is_some());
        outline.replace("- z\n");
        assert!(outline.named("x").is_none());
    }
}
