//! A list on screen: rows stand in pages and pages in books, so that the browser, too, looks at a
//! handful of elements for each delta, however long the list is. Never knows what a row shows.
//!
//! The browser skips pages and books that are out of sight (`content-visibility: auto`). The first
//! page is the list itself, so that a short list reserves no room that it cannot fill. New pages can
//! be held back for a moment ([`Shapes::busy`]), so that what nobody could see go by is never laid out.

use std::cell::Cell;

use wasm_bindgen::prelude::*;
use web_sys::Element;

use crate::core::small::decimal;
use crate::widget::parts::{append, copy, toggle};

#[wasm_bindgen(module = "/src/widget/page.js")]
extern "C" {
    fn hold(wrapper: &Element);

    /// Shows what is held back.
    #[wasm_bindgen(js_name = showHeld)]
    pub fn show_held();
}

/// With how many rows, those under its own among them, a page is full. The page that grows is laid
/// out and painted whole.
pub const PAGE: u32 = 64;
/// The most pages of a book, and of the list itself before there are books. With 860 pages side by
/// side a delta cost 1.3 ms, four times what it costs with 64.
const BOOK: u32 = 32;

/// An `<ol>` and the page in it that grows.
#[derive(Debug)]
pub struct List {
    list: Element,
    /// The page that grows; `None`: the list itself.
    page: Option<Element>,
    /// Rows of that page.
    rows: u32,
    /// How many rows had been built when it began.
    began: u64,
    /// The book that grows; `None`: the list itself.
    book: Option<Element>,
    /// Pages of that book.
    pages: u32,
}

/// What pages and books are cloned from.
#[derive(Debug)]
pub struct Shapes {
    /// An empty page.
    pub page: Element,
    /// An empty book.
    pub book: Element,
    /// A turn was used up: new pages and books are held back for a moment.
    pub busy: Cell<bool>,
}

impl Shapes {
    fn copy(&self, shape: &Element) -> Element {
        let wrapper = copy(shape);
        if self.busy.get() {
            hold(&wrapper);
        }
        wrapper
    }
}

impl List {
    /// An empty list, after `built` rows.
    pub fn new(list: Element, built: u64) -> List {
        List {
            list,
            page: None,
            rows: 0,
            began: built,
            book: None,
            pages: 0,
        }
    }

    /// Drops all rows; `built` were built until now.
    pub fn clear(&mut self, built: u64) {
        self.list.set_text_content(None);
        *self = List::new(self.list.clone(), built);
    }

    /// Shows or hides the list.
    pub fn show(&self, shown: bool) {
        toggle(&self.list, "hidden", !shown);
    }

    /// Puts a row behind its sibling `before`, or at the front; `built` rows were built, this one
    /// among them. Answers whether that was the end of the list.
    pub fn put(
        &mut self,
        item: &Element,
        before: Option<&Element>,
        shapes: &Shapes,
        built: u64,
    ) -> bool {
        let at_end = match before {
            Some(before) => {
                before.next_element_sibling().is_none()
                    && before.parent_element().as_ref() == Some(self.page())
            }
            None => self.list.first_element_child().is_none(),
        };
        if at_end {
            self.push(item, shapes, built);
        } else {
            self.insert(item, before, shapes);
        }
        at_end
    }

    /// A row has left a page.
    pub fn left(&mut self, page: &Element) {
        if page != &self.list && page.first_child().is_none() {
            let book = page.parent_element();
            page.remove();
            if let Some(book) = book.filter(|it| it != &self.list && it.first_child().is_none()) {
                book.remove();
            }
        }
        self.find_end();
    }

    /// The row of a node by its key. Looks through the whole list.
    pub fn find(&self, key: u32) -> Option<Element> {
        let selector = ["[data-key=\"", &decimal(key.into()), "\"]"].concat();
        self.list.query_selector(&selector).ok().flatten()
    }

    /// Does something with each row, in order.
    pub fn each(&self, work: &mut dyn FnMut(&Element)) {
        each(&self.list, work);
    }

    fn page(&self) -> &Element {
        self.page.as_ref().unwrap_or(&self.list)
    }

    fn push(&mut self, item: &Element, shapes: &Shapes, built: u64) {
        if self.rows == PAGE || (self.rows > 0 && built - self.began > PAGE.into()) {
            if self.pages == BOOK {
                let book = shapes.copy(&shapes.book);
                append(&self.list, &book);
                self.book = Some(book);
                self.pages = 0;
            }
            let page = shapes.copy(&shapes.page);
            append(self.book.as_ref().unwrap_or(&self.list), &page);
            self.page = Some(page);
            self.pages += 1;
            self.rows = 0;
            self.began = built - 1;
        }
        append(self.page(), item);
        self.rows += 1;
    }

    fn insert(&mut self, item: &Element, before: Option<&Element>, shapes: &Shapes) {
        match before {
            None => {
                let first = self.list.first_child();
                let _ = self.list.insert_before(item, first.as_ref());
            }
            Some(before) => {
                let _ = before.after_with_node_1(item);
            }
        }
        if let Some(page) = item.parent_element() {
            self.keep_small(&page, item, shapes);
        }
        self.find_end();
    }

    /// Splits the page of a row that was inserted, once it has twice the rows of a page.
    fn keep_small(&self, page: &Element, item: &Element, shapes: &Shapes) {
        if rows_in(page) <= 2 * PAGE {
            return;
        }
        let rest = copy(&shapes.page);
        let after = |item: &Element| item.next_element_sibling().filter(|row| !is_page(row));
        match after(item) {
            None => append(&rest, item),
            Some(_) => {
                while let Some(row) = after(item) {
                    append(&rest, &row);
                }
            }
        }
        if page == &self.list {
            // Behind the rows of the list, before its other pages.
            let _ = page.insert_before(&rest, first_page(page).as_deref());
        } else {
            let _ = page.after_with_node_1(&rest);
        }
    }

    /// Finds what grows, after the list has changed elsewhere than at its end.
    fn find_end(&mut self) {
        self.page = last_page(&self.list);
        self.book = None;
        if let Some(inner) = self.page.as_ref().and_then(last_page) {
            self.book = self.page.replace(inner);
        }
        let book = self.book.as_ref().unwrap_or(&self.list);
        self.pages = book.child_element_count() - rows_in(book);
        self.rows = rows_in(self.page()).min(PAGE);
    }
}

fn each(page: &Element, work: &mut dyn FnMut(&Element)) {
    let mut next = page.first_element_child();
    while let Some(child) = next {
        match is_page(&child) {
            true => each(&child, work),
            false => work(&child),
        }
        next = child.next_element_sibling();
    }
}

fn is_page(element: &Element) -> bool {
    let part = element.get_attribute("part");
    matches!(part.as_deref(), Some("page" | "book"))
}

/// Rows that stand in a page or list itself: pages and books stand behind them.
fn rows_in(page: &Element) -> u32 {
    let mut pages = 0;
    let mut last = last_page(page);
    while let Some(child) = last {
        pages += 1;
        last = child.previous_element_sibling().filter(is_page);
    }
    page.child_element_count() - pages
}

fn last_page(of: &Element) -> Option<Element> {
    of.last_element_child().filter(is_page)
}

/// The first page or book in a list.
fn first_page(list: &Element) -> Option<Element> {
    let mut page = last_page(list)?;
    while let Some(before) = page.previous_element_sibling().filter(is_page) {
        page = before;
    }
    Some(page)
}
