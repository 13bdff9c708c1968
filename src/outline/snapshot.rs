//! The one place where two outlines are compared: an outline becomes what a snapshot says, touching
//! only what differs. Never guesses that nodes are alike by how similar their titles look.

use crate::outline::markdown::Grammar;
use crate::outline::tree::{Change, NodeIdx, ROOT, Tree, TreeNode};

/// How many of the nodes that are left over are looked at for each new one.
const LOOK_AHEAD: usize = 8;

impl Tree {
    /// Becomes what `markdown` says, touching only what differs. Gives the grammar that goes on
    /// after that text.
    ///
    /// Nodes are matched among the children of matched parents: by kind and title, in order; what
    /// is left between two matched ones by title that grew, by common children, or one to one by
    /// place. Work is proportional to the size of both outlines (times a logarithm where nodes have
    /// moved).
    pub fn replace(&mut self, markdown: &str) -> Grammar {
        let mut fresh = Tree::default();
        let mut grammar = Grammar::default();
        grammar.feed(markdown, &mut |step| fresh.apply(step));
        fresh.changes.clear();
        self.become_like(&fresh);
        grammar
    }

    fn become_like(&mut self, fresh: &Tree) {
        let mut place = vec![ROOT; fresh.nodes.len()];
        self.take_over(ROOT, fresh.root());
        let mut pairs = vec![(ROOT, ROOT)];
        while let Some((own, other)) = pairs.pop() {
            let Some(node) = fresh.node(other) else {
                continue;
            };
            let old = self
                .node(own)
                .map(|node| node.children.clone())
                .unwrap_or_default();
            let matched = self.match_children(&old, fresh, &node.children);
            self.arrange(own, &old, fresh, &node.children, &matched);
            let children = self
                .node(own)
                .map(|node| node.children.clone())
                .unwrap_or_default();
            for (&own, &other) in children.iter().zip(&node.children).rev() {
                place[other.as_usize()] = own;
                pairs.push((own, other));
            }
        }
        self.headings = fresh
            .headings
            .iter()
            .map(|&(level, at)| (level, place[at.as_usize()]))
            .collect();
        self.items = fresh
            .items
            .iter()
            .map(|&(column, at)| (column, place[at.as_usize()]))
            .collect();
        self.open = fresh.open.map(|at| place[at.as_usize()]);
        let nodes = &self.nodes;
        self.ids.retain(|(at, key)| {
            let node = nodes.get(at.as_usize()).and_then(Option::as_ref);
            node.is_some_and(|node| node.key == *key)
        });
        for &limit in &fresh.limited {
            self.limit(limit);
        }
    }

    /// For each of the new children, the place among the old ones of the one that it is.
    fn match_children(&self, old: &[NodeIdx], fresh: &Tree, new: &[NodeIdx]) -> Vec<Option<usize>> {
        let old_name = |i: usize| self.node(old[i]).map(|node| (node.kind, &*node.title));
        let new_name = |i: usize| fresh.node(new[i]).map(|node| (node.kind, &*node.title));
        // The title that is open may have grown into another one's.
        let goes_on = |i: usize| {
            let (own, node) = (self.node(old[i]), fresh.node(new[i]));
            own.zip(node).is_some_and(|(own, node)| {
                !own.settled && own.kind == node.kind && node.title.starts_with(&own.title)
            })
        };
        let mut matched: Vec<Option<usize>> = vec![None; new.len()];

        // Most snapshots go on where the last one ended: what is the same at both ends needs no
        // table.
        let head = (0..old.len().min(new.len()))
            .take_while(|&i| old_name(i) == new_name(i) || (i + 1 == old.len() && goes_on(i)))
            .count();
        let rest = old.len().min(new.len()) - head;
        let tail = (1..=rest)
            .take_while(|&i| old_name(old.len() - i) == new_name(new.len() - i))
            .count();
        for (i, matched) in matched.iter_mut().enumerate().take(head) {
            *matched = Some(i);
        }
        for i in 1..=tail {
            matched[new.len() - i] = Some(old.len() - i);
        }
        // Those in between in the order of their names, and in their own where names are the same:
        // of each name the first that is left is taken. A table of names would be faster for some,
        // but what hashing them takes is more code than all of this.
        let mut named: Vec<usize> = (head..old.len() - tail).collect();
        named.sort_unstable_by_key(|&i| (old_name(i), i));
        let mut taken = vec![0; named.len()];
        let between = new.len() - tail;
        for (i, matched) in matched.iter_mut().enumerate().take(between).skip(head) {
            let name = new_name(i);
            let first = named.partition_point(|&i| old_name(i) < name);
            let Some(taken) = taken.get_mut(first) else {
                continue;
            };
            if let Some(&at) = named
                .get(first + *taken)
                .filter(|&&at| old_name(at) == name)
            {
                *matched = Some(at);
                *taken += 1;
            }
        }

        self.match_rest(old, fresh, new, &mut matched);
        matched
    }

    /// Pairs what is left over between nodes that have kept their order.
    fn match_rest(
        &self,
        old: &[NodeIdx],
        fresh: &Tree,
        new: &[NodeIdx],
        matched: &mut [Option<usize>],
    ) {
        let mut taken = vec![false; old.len()];
        for &i in matched.iter().flatten() {
            taken[i] = true;
        }
        let mut anchors: Vec<(usize, usize)> = kept_in_order(matched)
            .into_iter()
            .filter_map(|i| Some((i, matched[i]?)))
            .collect();
        anchors.push((new.len(), old.len()));
        let (mut new_from, mut old_from) = (0, 0);
        for (new_to, old_to) in anchors {
            let left_new: Vec<usize> = (new_from..new_to)
                .filter(|&i| matched[i].is_none())
                .collect();
            // The first at the end, where taking one out moves the fewest.
            let mut left_old: Vec<usize> =
                (old_from..old_to).rev().filter(|&i| !taken[i]).collect();
            let one_to_one = left_new.len() == left_old.len();
            for i in left_new {
                let Some(node) = fresh.node(new[i]) else {
                    continue;
                };
                let is_it = |&place: &usize| {
                    self.node(old[place]).is_some_and(|own| {
                        own.kind == node.kind && (one_to_one || self.is_like(own, fresh, node))
                    })
                };
                // Only the next few are looked at, so that no snapshot costs more than its size.
                let from = left_old.len().saturating_sub(LOOK_AHEAD);
                if let Some(at) = left_old[from..].iter().rposition(is_it) {
                    matched[i] = Some(left_old.remove(from + at));
                }
            }
            (new_from, old_from) = (new_to + 1, old_to + 1);
        }
    }

    /// Whether one node is what the other was before it grew, or they begin with the same child.
    fn is_like(&self, own: &TreeNode, fresh: &Tree, node: &TreeNode) -> bool {
        let child = |outline: &Tree, node: &TreeNode| {
            let child = outline.node(*node.children.first()?)?;
            Some((child.kind, child.title.clone()))
        };
        let grown = node.title.starts_with(&own.title) || own.title.starts_with(&node.title);
        grown || child(self, own).is_some_and(|own| child(fresh, node) == Some(own))
    }

    /// Makes the children of `own` the matched and new ones, in their order.
    fn arrange(
        &mut self,
        own: NodeIdx,
        old: &[NodeIdx],
        fresh: &Tree,
        new: &[NodeIdx],
        matched: &[Option<usize>],
    ) {
        let mut stays = vec![false; new.len()];
        for i in kept_in_order(matched) {
            stays[i] = true;
        }
        let mut kept = vec![false; old.len()];
        for &place in matched.iter().flatten() {
            kept[place] = true;
        }
        for (&at, _) in old.iter().zip(kept).filter(|(_, kept)| !kept) {
            self.remove(at);
            self.changes.push(Change::Removed { node: at });
        }
        let depth = self.node(own).map_or(0, |node| node.depth);
        let mut children: Vec<NodeIdx> = Vec::with_capacity(new.len());
        for (i, &other) in new.iter().enumerate() {
            let Some(other) = fresh.node(other) else {
                continue;
            };
            let after = children.last().copied();
            let at = match matched[i].map(|place| old[place]) {
                Some(at) => {
                    if !stays[i] {
                        self.changes.push(Change::Moved { node: at, after });
                    }
                    self.set_index(at, children.len());
                    self.take_over(at, other);
                    at
                }
                None => {
                    let at = self.insert(other.kind, own, depth + 1);
                    if let Some(node) = self.node_mut(at) {
                        node.title.clone_from(&other.title);
                        node.checked = other.checked;
                    }
                    self.set_index(at, children.len());
                    self.opened(at, after);
                    if other.settled {
                        self.settle(at, other.cut);
                    }
                    at
                }
            };
            children.push(at);
        }
        if let Some(node) = self.node_mut(own) {
            node.children = children;
        }
    }

    fn set_index(&mut self, at: NodeIdx, index: usize) {
        if let Some(node) = self.node_mut(at) {
            node.index = index;
        }
    }

    /// Gives a node the title and state of its counterpart.
    fn take_over(&mut self, at: NodeIdx, other: &TreeNode) {
        self.rename(at, &other.title);
        if let Some(node) = self.node_mut(at) {
            node.checked = other.checked;
        }
        if other.settled {
            self.settle(at, other.cut);
        } else if let Some(node) = self.node_mut(at).filter(|node| node.settled) {
            node.settled = false;
            node.cut = false;
            self.changes.push(Change::Reopened { node: at });
        }
    }
}

/// The longest run of places (of those that are `Some`) that stand in rising order: what need not
/// move.
fn kept_in_order(places: &[Option<usize>]) -> Vec<usize> {
    // Patience sorting: `ends[n]` is the entry with the smallest place that ends a run of n + 1.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; places.len()];
    for (i, place) in places.iter().enumerate() {
        if place.is_some() {
            let at = ends.partition_point(|&end| places[end] < *place);
            before[i] = at.checked_sub(1).map(|at| ends[at]);
            if at == ends.len() {
                ends.push(i)
            } else {
                ends[at] = i
            }
        }
    }
    let mut kept: Vec<usize> =
        std::iter::successors(ends.last().copied(), |&i| before[i]).collect();
    kept.reverse();
    kept
}
