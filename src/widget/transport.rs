//! `fetch` and streams of the page → chunks of bytes. The only network code; never understands a
//! byte, never asks twice.

use std::cell::RefCell;

use gloo_net::http::Response;
use js_sys::{Object, Reflect, Uint8Array};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    AbortController, ReadableStream, ReadableStreamDefaultReader, ReadableStreamReadResult, Request,
};

use crate::core::session::Failure;

/// Where a stream comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// An address to ask.
    Url {
        /// Relative to the page.
        url: String,
        /// The page's own `RequestInit`, or `undefined`.
        init: JsValue,
        /// Cookies go to other origins, too.
        with_credentials: bool,
    },
    /// A body the page already has.
    Stream(ReadableStream),
}

/// One request and its body. Closing it, or dropping it, closes the connection.
#[derive(Debug)]
pub struct Connection {
    abort: AbortController,
    reader: RefCell<Option<ReadableStreamDefaultReader>>,
}

/// Why there are no more bytes.
#[derive(Debug)]
pub enum Stop {
    /// There is no stream: what went wrong.
    Failed(Failure),
    /// The body broke off.
    Cut,
}

impl Connection {
    /// Nothing is asked yet.
    pub fn new() -> Result<Self, Failure> {
        let abort = AbortController::new()
            .map_err(|_| Failure::unsupported("This browser cannot stream requests."))?;
        Ok(Connection {
            abort,
            reader: RefCell::new(None),
        })
    }

    /// Asks, and waits for the answer.
    pub async fn open(&self, source: &Source) -> Result<(), Failure> {
        let body = match source {
            Source::Stream(stream) => stream.clone(),
            Source::Url {
                url,
                init,
                with_credentials,
            } => {
                let request = self.request(url, init, *with_credentials)?;
                // Not gloo's own `send`: what it makes of errors, which say nothing, is code.
                let answer = JsFuture::from(window().fetch_with_request(&request)).await;
                let response: web_sys::Response =
                    answer.map_err(|_| Failure::no_answer())?.unchecked_into();
                let response = Response::from(response);
                if !response.ok() {
                    return Err(Failure::http(response.status()));
                }
                response.body().ok_or_else(|| {
                    Failure::unsupported("The answer has no body that can be read.")
                })?
            }
        };
        let reader = ReadableStreamDefaultReader::new(&body).map_err(|_| {
            Failure::unsupported("The stream is already being read by something else.")
        })?;
        self.reader.replace(Some(reader));
        Ok(())
    }

    /// The next chunk; `None` when the body has ended cleanly.
    pub async fn next(&self) -> Result<Option<Vec<u8>>, Stop> {
        let Some(reader) = self.reader.borrow().clone() else {
            return Err(Stop::Cut);
        };
        let result = JsFuture::from(reader.read()).await.map_err(|_| Stop::Cut)?;
        let result: ReadableStreamReadResult = result.unchecked_into();
        if result.get_done().unwrap_or(true) {
            return Ok(None);
        }
        match result.get_value().dyn_into::<Uint8Array>() {
            Ok(bytes) => Ok(Some(bytes.to_vec())),
            Err(_) => {
                let message = "The stream must give bytes (Uint8Array); encode its text first.";
                Err(Stop::Failed(Failure::unsupported(message)))
            }
        }
    }

    /// Ends the request and the body; waiting for either ends with an error.
    pub fn close(&self) {
        self.abort.abort();
        if let Some(reader) = self.reader.take() {
            // The answer says only that it was cancelled.
            spawn_local(async move {
                let _ = JsFuture::from(reader.cancel()).await;
            });
        }
    }

    fn request(
        &self,
        url: &str,
        init: &JsValue,
        with_credentials: bool,
    ) -> Result<Request, Failure> {
        let own = Object::new();
        if init.is_object() {
            Object::assign(&own, init.unchecked_ref());
        }
        let set = |name: &str, value: &JsValue| {
            let _ = Reflect::set(&own, &name.into(), value);
        };
        if with_credentials {
            set("credentials", &"include".into());
        }
        set("signal", &self.abort.signal());
        Request::new_with_str_and_init(url, own.unchecked_ref()).map_err(|error| {
            // A page's own object may throw anything.
            let why = error.dyn_ref::<js_sys::Error>();
            let why = why.map_or_else(String::new, |error| error.message().into());
            Failure::unsupported(&format!("The address or the request cannot be used: {why}"))
        })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.close();
    }
}
