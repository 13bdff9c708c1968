//! The outline as signals, natively: after any stream, cut and snapshot they read what the reader's tree holds, and
//! nobody hears of what they did not read.
#![cfg(all(not(target_arch = "wasm32"), feature = "csr"))]
#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use leptos::prelude::Owner;
use leptos::reactive::effect::ImmediateEffect;
use live_outline::outline::tree::{Change, Tree, TreeNode};
use live_outline::reader::{Options, Output, Reader};
use live_outline::{Node, Outline};
use proptest::prelude::*;

/// A batch of signals is one for all threads: tests that count runs go one after the other.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn changes(reader: &mut Reader) -> Vec<Change> {
    let outputs = reader.take_outputs().into_iter();
    outputs
        .filter_map(|output| match output {
            Output::Change(change) => Some(change),
            Output::Note(_) => None,
        })
        .collect()
}

fn feed(reader: &mut Reader, outline: &Outline, bytes: &[u8]) {
    reader.feed(bytes);
    outline.apply(changes(reader));
}

fn delta(text: &str) -> Vec<u8> {
    let line = serde_json::json!({ "type": "delta", "text": text });
    format!("{line}\n").into_bytes()
}

fn snapshot(text: &str) -> Vec<u8> {
    let line = serde_json::json!({ "type": "snapshot", "text": text });
    format!("{line}\n").into_bytes()
}

/// Everything that the signals of an outline say equals what the tree holds.
fn assert_same(outline: &Outline, tree: &Tree) {
    assert_eq!(outline.title().get_untracked(), tree.title());
    assert_nodes(tree, &outline.children(), tree.root());
}

fn assert_nodes(tree: &Tree, nodes: &[Node], parent: &TreeNode) {
    let held: Vec<&TreeNode> = parent
        .children
        .iter()
        .filter_map(|at| tree.node(*at))
        .collect();
    assert_eq!(nodes.len(), held.len());
    for (node, held) in nodes.iter().zip(held) {
        assert_eq!(node.key(), held.key);
        assert_eq!(node.kind(), held.kind);
        assert_eq!(node.title().get_untracked(), held.title);
        assert_eq!(node.is_settled(), held.settled);
        assert_eq!(node.is_cut(), held.cut);
        assert_nodes(tree, &node.children(), held);
    }
}

/// Counts how often something is read again.
fn count(read: impl Fn() + Send + Sync + 'static) -> (Arc<AtomicUsize>, ImmediateEffect) {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = runs.clone();
    let effect = ImmediateEffect::new_isomorphic(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        read();
    });
    (runs, effect)
}

fn runs(of: &(Arc<AtomicUsize>, ImmediateEffect)) -> usize {
    of.0.load(Ordering::Relaxed)
}

fn text() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        "# [a-c]{1,4}\n",
        "## [a-c]{1,4}\n",
        "### [a-c]{1,4}\n",
        "- [a-c]{1,4}\n",
        "  - [a-c]{1,4}\n",
        "[a-c ]{0,6}\n",
    ];
    prop::collection::vec(line, 0..24).prop_map(|lines| lines.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn the_signals_read_what_the_tree_holds(
        steps in prop::collection::vec((any::<bool>(), text(), 0usize..40), 1..6),
    ) {
        let _alone = alone();
        let mut reader = Reader::new(&Options::default());
        let outline = Outline::new();
        for (is_snapshot, text, cut) in steps {
            let line = if is_snapshot { snapshot(&text) } else { delta(&text) };
            let cut = cut.min(line.len());
            feed(&mut reader, &outline, &line[..cut]);
            feed(&mut reader, &outline, &line[cut..]);
            assert_same(&outline, reader.outline());
        }
        reader.feed(b"{\"type\":\"reset\"}\n");
        outline.apply(changes(&mut reader));
        assert_same(&outline, reader.outline());
    }
}

#[test]
fn a_title_that_grows_is_heard_by_those_who_read_it_alone() {
    let _alone = alone();
    let owner = Owner::new();
    owner.with(|| {
        let mut reader = Reader::new(&Options::default());
        let outline = Outline::new();
        feed(&mut reader, &outline, &delta("## Module\n- first\n- gro"));
        let module = outline.children()[0].clone();
        let (first, growing) = (module.children()[0].clone(), module.children()[1].clone());
        let title = |node: &Node| {
            let node = node.clone();
            count(move || drop(node.title().get()))
        };
        let (others, own) = (title(&first), title(&growing));
        let (list, top) = (module.clone(), outline.clone());
        let list = count(move || drop(list.children()));
        let top = count(move || drop(top.children()));
        feed(&mut reader, &outline, &delta("wing"));
        feed(&mut reader, &outline, &delta(" on"));
        assert_eq!(growing.title().get_untracked(), "growing on");
        assert_eq!(
            [runs(&others), runs(&own), runs(&list), runs(&top)],
            [1, 3, 1, 1]
        );
    });
}

#[test]
fn an_append_is_heard_by_its_parent_alone() {
    let _alone = alone();
    let owner = Owner::new();
    owner.with(|| {
        let mut reader = Reader::new(&Options::default());
        let outline = Outline::new();
        feed(&mut reader, &outline, &delta("## A\n- 1\n## B\n- 2\n"));
        let lists: Vec<_> = outline
            .children()
            .into_iter()
            .map(|module| count(move || drop(module.children())))
            .collect();
        let all = outline.clone();
        let top = count(move || drop(all.children()));
        feed(&mut reader, &outline, &delta("- 3\n- 4\n"));
        assert_eq!([runs(&lists[0]), runs(&lists[1]), runs(&top)], [1, 2, 1]);
    });
}

#[test]
fn what_is_gone_can_still_be_read() {
    let _alone = alone();
    let mut reader = Reader::new(&Options::default());
    let outline = Outline::new();
    feed(&mut reader, &outline, &delta("## A\n- 1\n"));
    let (module, key) = (outline.children()[0].clone(), outline.children()[0].key());
    assert_eq!(outline.node(key).as_ref(), Some(&module));
    feed(&mut reader, &outline, b"{\"type\":\"reset\"}\n");
    assert_eq!(outline.children(), []);
    assert_eq!(outline.node(key), None);
    assert_eq!(module.title().get_untracked(), "A");
}
