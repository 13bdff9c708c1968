//! The one style sheet, for shadow roots and for documents alike. Never made from anything that a stream says.

use js_sys::{Array, Reflect};
use wasm_bindgen::JsCast;
use web_sys::{CssStyleSheet, Node};

/// The style sheet. A Leptos app that is rendered on a server can put it into the head of its page, so that what
/// the server sent looks right before the WebAssembly has loaded; the components bring it along by themselves.
pub const STYLE: &str = include_str!("style.css");

thread_local! {
    /// One sheet for all outlines of the page; none where the browser cannot make one.
    static SHEET: Option<CssStyleSheet> = made();
}

fn made() -> Option<CssStyleSheet> {
    let sheet = CssStyleSheet::new().ok()?;
    sheet.replace_sync(STYLE).ok()?;
    Some(sheet)
}

/// Gives the sheet to the shadow root or document in which `node` stands, once.
pub(crate) fn adopt(node: &Node) {
    SHEET.with(|sheet| {
        let Some(sheet) = sheet else { return };
        let name = "adoptedStyleSheets".into();
        let root = node.get_root_node();
        let adopted = Reflect::get(&root, &name)
            .ok()
            .and_then(|it| it.dyn_into::<Array>().ok());
        if let Some(adopted) = adopted.filter(|adopted| !adopted.includes(sheet, 0)) {
            let _ = Reflect::set(&root, &name, &adopted.concat(&Array::of1(sheet)));
        }
    });
}
