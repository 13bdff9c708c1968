//! The outline as plain objects of the page. Never hands out anything that is shown.

use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::live::hook::Live;
use crate::outline::tree::{Kind, Tree, TreeNode};

/// The outline with all that has come, though it may not be shown yet.
pub(crate) fn outline_of(live: &Live) -> JsValue {
    live.read_all();
    let outline = live.with_reader(|reader| {
        let tree = reader.outline();
        to_page(&PlainNode::of(tree, tree.root()))
    });
    outline.unwrap_or(JsValue::NULL)
}

/// Anything as a plain object.
pub(crate) fn to_page(value: &impl Serialize) -> JsValue {
    let serializer = serde_wasm_bindgen::Serializer::new();
    value.serialize(&serializer).unwrap_or(JsValue::NULL)
}

/// A node, or the course itself, which has neither key nor kind.
#[derive(Serialize)]
struct PlainNode<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    title: &'a str,
    settled: bool,
    children: Vec<PlainNode<'a>>,
}

impl<'a> PlainNode<'a> {
    fn of(tree: &'a Tree, node: &'a TreeNode) -> Self {
        let is_node = node.kind != Kind::Course;
        let children = node.children.iter().filter_map(|at| tree.node(*at));
        PlainNode {
            key: is_node.then(|| node.key.to_string()),
            kind: is_node.then(|| node.kind.name()),
            title: &node.title,
            settled: node.settled,
            children: children.map(|child| PlainNode::of(tree, child)).collect(),
        }
    }
}
