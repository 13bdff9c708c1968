//! The outline as plain objects of the page. Never hands out anything that is shown.

use serde::ser::{Serialize, SerializeMap, Serializer};
use wasm_bindgen::JsValue;

use crate::core::outline::{Kind, Node, Outline};
use crate::core::small::decimal;
use crate::widget::preview::Preview;

/// The outline of a preview, with all that has come.
pub fn outline_of(preview: &Preview) -> JsValue {
    preview.read_all();
    preview.with_reader(|reader| {
        let outline = reader.outline();
        let node = outline.root();
        to_page(&PageNode { outline, node })
    })
}

/// Anything as a plain object.
pub fn to_page(value: &impl Serialize) -> JsValue {
    let serializer = serde_wasm_bindgen::Serializer::new().serialize_maps_as_objects(true);
    value.serialize(&serializer).unwrap_or(JsValue::NULL)
}

/// A node of `outline`, or the course itself, as a page sees it.
///
/// Here, as for all that goes out, a map and not a struct: what the serializer needs for the names
/// of fields is 3 KB of code.
struct PageNode<'a> {
    outline: &'a Outline,
    node: &'a Node,
}

impl Serialize for PageNode<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let node = self.node;
        let mut map = serializer.serialize_map(None)?;
        if node.kind != Kind::Course {
            map.serialize_entry("key", &*decimal(node.key.0.into()))?;
            map.serialize_entry("kind", node.kind.name())?;
        }
        map.serialize_entry("title", &*node.title)?;
        map.serialize_entry("settled", &node.settled)?;
        map.serialize_entry("children", &PageChildren(self))?;
        map.end()
    }
}

/// The nodes under a node.
struct PageChildren<'a>(&'a PageNode<'a>);

impl Serialize for PageChildren<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let PageNode { outline, node } = *self.0;
        let children = node.children.iter().filter_map(|at| outline.node(*at));
        serializer.collect_seq(children.map(|node| PageNode { outline, node }))
    }
}
