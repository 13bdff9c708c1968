//! A list on screen: rows stand in pages and pages in books, so that the browser, too, looks at a handful of
//! elements for each delta, however long the list is. Never knows what a row shows, and never asks the DOM where a
//! row is.
//!
//! The browser skips pages and books that are out of sight (`content-visibility: auto`). The first page is the
//! list itself, so that a short list reserves no room that it cannot fill.

use std::cell::RefCell;
use std::rc::Rc;

use web_sys::Element;

use crate::outline::tree::NodeIdx;
use crate::view::shapes::{Shapes, copy, toggle};

/// With how many rows, those under its own among them, a page is full. The page that grows is laid out and painted
/// whole.
pub(crate) const PAGE: usize = 64;
/// The most pages of a book, and of the list itself before there are books. With 860 pages side by side a delta
/// cost 1.3 ms, four times what it costs with 64.
const BOOK: usize = 32;

/// Some rows that stand together.
#[derive(Debug)]
pub(crate) struct Page {
    /// Where they stand: a wrapper, or the list itself.
    element: Element,
    /// The book around it.
    book: Option<Element>,
    rows: RefCell<Vec<NodeIdx>>,
}

impl Page {
    fn new(element: Element, book: Option<Element>) -> Rc<Page> {
        Rc::new(Page {
            element,
            book,
            rows: RefCell::default(),
        })
    }

    /// Where in the page a row stands.
    fn place(&self, node: NodeIdx) -> Option<usize> {
        self.rows.borrow().iter().rposition(|row| *row == node)
    }

    /// The element of a row in this page.
    pub fn item(&self, node: NodeIdx) -> Option<Element> {
        // Rows come first in a page: what stands behind them in the list itself are other pages.
        self.element.children().item(self.place(node)? as u32)
    }
}

/// An `<ol>` and its pages.
#[derive(Debug)]
pub(crate) struct List {
    element: Element,
    /// In order; the first is the list itself.
    pages: Vec<Rc<Page>>,
    /// How many rows had been built, here and elsewhere, when the last page began.
    built_before: u64,
}

/// Rows that went to another page.
pub(crate) struct Split {
    pub rows: Vec<NodeIdx>,
    pub page: Rc<Page>,
}

impl List {
    /// An empty list, after `built` rows.
    pub fn new(element: Element, built: u64) -> List {
        List {
            pages: vec![Page::new(element.clone(), None)],
            element,
            built_before: built,
        }
    }

    /// Drops all rows; `built` were built until now.
    pub fn clear(&mut self, built: u64) {
        self.element.set_text_content(None);
        *self = List::new(self.element.clone(), built);
    }

    /// Shows or hides the list.
    pub fn show(&self, shown: bool) {
        toggle(&self.element, "hidden", !shown);
    }

    /// Returns true if `node` is the last row.
    pub fn ends_with(&self, node: Option<NodeIdx>) -> bool {
        self.last_page().rows.borrow().last().copied() == node
    }

    /// All rows, in order.
    pub fn rows(&self) -> Vec<NodeIdx> {
        let pages = self.pages.iter();
        pages.flat_map(|page| page.rows.borrow().clone()).collect()
    }

    /// Puts a row at the end; `built` rows were built, this one among them. `hold` is given new wrappers.
    pub fn push(
        &mut self,
        node: NodeIdx,
        item: &Element,
        shapes: &Shapes,
        built: u64,
        hold: &mut dyn FnMut(&Element),
    ) -> Rc<Page> {
        let rows = self.last_page().rows.borrow().len();
        if rows >= PAGE || (rows > 0 && built - self.built_before > PAGE as u64) {
            self.add_page(shapes, hold);
            self.built_before = built - 1;
        }
        let page = self.last_page();
        append(&page.element, item);
        page.rows.borrow_mut().push(node);
        page
    }

    /// Puts a row behind another one of a page, or in front of all. A page that has become too long is split.
    pub fn insert(
        &mut self,
        node: NodeIdx,
        item: &Element,
        after: Option<(NodeIdx, Rc<Page>)>,
        shapes: &Shapes,
    ) -> (Rc<Page>, Option<Split>) {
        let (page, place) = match after {
            Some((after, page)) => {
                let place = page.place(after).map_or(0, |place| place + 1);
                (page, place)
            }
            None => (self.first_page(), 0),
        };
        let next = page.element.children().item(place as u32);
        let _ = page.element.insert_before(item, next.as_deref());
        page.rows.borrow_mut().insert(place, node);
        let split = self.split(&page, shapes);
        (page, split)
    }

    /// Takes a row out of its page. Its element is the caller's.
    pub fn take_out(&mut self, node: NodeIdx, page: &Rc<Page>) {
        if let Some(place) = page.place(node) {
            page.rows.borrow_mut().remove(place);
        }
        if page.rows.borrow().is_empty() && !Rc::ptr_eq(page, &self.first_page()) {
            page.element.remove();
            if let Some(book) = page.book.as_ref().filter(|it| it.first_child().is_none()) {
                book.remove();
            }
            self.pages.retain(|it| !Rc::ptr_eq(it, page));
        }
    }

    fn first_page(&self) -> Rc<Page> {
        self.pages[0].clone()
    }

    fn last_page(&self) -> Rc<Page> {
        self.pages[self.pages.len() - 1].clone()
    }

    fn add_page(&mut self, shapes: &Shapes, hold: &mut dyn FnMut(&Element)) {
        let mut book = self.last_page().book.clone();
        let is_there = |page: &&Rc<Page>| page.book == book;
        let there = self.pages.iter().rev().take_while(is_there).count();
        // The first page is the list itself, and stands in nothing.
        let pages = if book.is_none() { there - 1 } else { there };
        if pages >= BOOK {
            let made = copy(&shapes.book);
            hold(&made);
            append(&self.element, &made);
            book = Some(made);
        }
        let page = copy(&shapes.page);
        hold(&page);
        append(book.as_ref().unwrap_or(&self.element), &page);
        self.pages.push(Page::new(page, book));
    }

    /// Splits a page in the middle, once it has twice the rows of a page.
    fn split(&mut self, page: &Rc<Page>, shapes: &Shapes) -> Option<Split> {
        if page.rows.borrow().len() <= 2 * PAGE {
            return None;
        }
        let rows = page.rows.borrow_mut().split_off(PAGE);
        let wrapper = copy(&shapes.page);
        let children = page.element.children();
        for _ in &rows {
            // Each that is taken leaves its place to the next.
            if let Some(item) = children.item(PAGE as u32) {
                append(&wrapper, &item);
            }
        }
        let next = match page.element == self.element {
            // Behind the rows of the list, before its other pages.
            true => children.item(PAGE as u32),
            false => page.element.next_element_sibling(),
        };
        let around = page.book.as_ref().unwrap_or(&self.element);
        let _ = around.insert_before(&wrapper, next.as_deref());
        let fresh = Page::new(wrapper, page.book.clone());
        fresh.rows.borrow_mut().clone_from(&rows);
        let at = self.pages.iter().position(|it| Rc::ptr_eq(it, page));
        self.pages.insert(at.map_or(0, |at| at + 1), fresh.clone());
        Some(Split { rows, page: fresh })
    }
}

pub(crate) fn append(parent: &Element, child: &Element) {
    let _ = parent.append_child(child);
}
