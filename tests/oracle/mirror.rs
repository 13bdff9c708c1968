//! What a view would build from changes alone: it never looks at the outline.

use std::collections::HashMap;

use live_outline::outline::tree::{Change, Key, Kind, NodeIdx, ROOT};

#[derive(Debug)]
struct Node {
    key: Key,
    kind: Kind,
    title: String,
    settled: bool,
    cut: bool,
    parent: NodeIdx,
    children: Vec<NodeIdx>,
}

/// A plain tree that changes are applied to. A change that does not fit is an error.
#[derive(Debug)]
pub struct Mirror {
    nodes: HashMap<NodeIdx, Node>,
    /// Keys that have stood here at any time.
    used: std::collections::HashSet<Key>,
}

impl Default for Mirror {
    fn default() -> Self {
        let course = Node {
            key: Key(0),
            kind: Kind::Course,
            title: String::new(),
            settled: false,
            cut: false,
            parent: ROOT,
            children: Vec::new(),
        };
        Mirror {
            nodes: HashMap::from([(ROOT, course)]),
            used: [Key(0)].into(),
        }
    }
}

impl Mirror {
    /// Applies one change as a view would.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Opened {
                node,
                parent,
                after,
                key,
                kind,
                title,
            } => {
                assert!(self.used.insert(*key), "a key is used again: {change:?}");
                let fresh = Node {
                    key: *key,
                    kind: *kind,
                    title: title.clone(),
                    settled: false,
                    cut: false,
                    parent: *parent,
                    children: Vec::new(),
                };
                let taken = self.nodes.insert(*node, fresh);
                assert!(taken.is_none(), "the place is taken: {change:?}");
                self.put(*node, *after, change);
            }
            Change::Grew { node, text } => {
                assert!(!text.is_empty(), "nothing has grown: {change:?}");
                self.node(*node, change).title.push_str(text);
            }
            Change::Settled { node, cut, .. } => {
                let node = self.node(*node, change);
                node.settled = true;
                node.cut = *cut;
            }
            Change::Reopened { node } => {
                let node = self.node(*node, change);
                assert!(node.settled, "it was open: {change:?}");
                node.settled = false;
                node.cut = false;
            }
            Change::Renamed { node, title } => {
                self.node(*node, change).title.clone_from(title);
            }
            Change::Moved { node, after } => {
                self.take_out(*node, change);
                self.put(*node, *after, change);
            }
            Change::Removed { node } => {
                self.take_out(*node, change);
                let mut gone = vec![*node];
                while let Some(at) = gone.pop() {
                    gone.extend(
                        self.nodes
                            .remove(&at)
                            .map(|n| n.children)
                            .unwrap_or_default(),
                    );
                }
            }
            Change::Cleared => {
                let used = std::mem::take(&mut self.used);
                *self = Mirror {
                    used,
                    ..Mirror::default()
                };
            }
            Change::Limited(_) => {}
        }
    }

    fn node(&mut self, at: NodeIdx, change: &Change) -> &mut Node {
        let node = self.nodes.get_mut(&at);
        node.unwrap_or_else(|| panic!("no such node: {change:?}"))
    }

    fn put(&mut self, at: NodeIdx, after: Option<NodeIdx>, change: &Change) {
        let parent = self.node(at, change).parent;
        let children = &mut self.node(parent, change).children;
        let place = after.map_or(0, |after| {
            let place = children.iter().position(|&child| child == after);
            place.unwrap_or_else(|| panic!("no such sibling: {change:?}")) + 1
        });
        children.insert(place, at);
    }

    fn take_out(&mut self, at: NodeIdx, change: &Change) {
        let parent = self.node(at, change).parent;
        let children = &mut self.node(parent, change).children;
        let place = children.iter().position(|&child| child == at);
        children.remove(place.unwrap_or_else(|| panic!("its parent lacks it: {change:?}")));
    }

    /// One line a node, as [`full_picture_of`](super::full_picture_of) an outline.
    pub fn picture(&self) -> String {
        let mut text = String::new();
        let mut next = vec![(ROOT, 0)];
        while let Some((at, depth)) = next.pop() {
            let Node {
                key,
                kind,
                title,
                settled,
                cut,
                children,
                ..
            } = &self.nodes[&at];
            let place = at.as_usize();
            text.push_str(&line(place, key.0, *kind, title, *settled, *cut, depth));
            next.extend(children.iter().rev().map(|&child| (child, depth + 1)));
        }
        text
    }
}

/// One node, in full.
pub fn line(
    place: usize,
    key: u32,
    kind: Kind,
    title: &str,
    settled: bool,
    cut: bool,
    depth: u32,
) -> String {
    let open = if settled { "" } else { " (open)" };
    let cut = if cut { " (cut)" } else { "" };
    format!(
        "{depth} @{place} {key} {} {title:?}{open}{cut}\n",
        kind.name()
    )
}
