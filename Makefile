# make demo    build, serve the playground and print its address
# make dist    the release build, into dist/
# make test    every test
# make bench   the side-by-side benchmark
#
# Each of them installs what it needs and this machine lacks: `make tools` says how.

WASM_BINDGEN := 0.2.129
TRUNK        := 0.21.14
FLASK        := 3.1.3
TARGET       := wasm32-unknown-unknown
PORT         ?= 8080

NODE_BIN := $(CURDIR)/tests/e2e/node_modules/.bin
export PATH := $(NODE_BIN):$(HOME)/.cargo/bin:$(PATH)
# Trunk reads NO_COLOR as a flag of its own and wants true or false.
unexport NO_COLOR

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: demo dist test test-native test-browser test-e2e bench tools browser lint clean

demo: dist
	@echo
	@echo "  live-outline playground: http://127.0.0.1:$(PORT)/"
	@echo
	@node tests/e2e/server.mjs --port $(PORT) dist

# Panic messages name source files; where those lie on this machine is nobody's business.
dist: tools
	RUSTFLAGS="--remap-path-prefix=$(HOME)/.cargo=cargo" trunk build --release
	@node tests/e2e/size.mjs dist

test: tools browser lint test-native test-browser dist test-e2e
	@echo "all tests passed"

lint:
	cargo fmt --check
	cargo clippy --all-targets --no-default-features -- -D warnings
	cargo clippy --all-targets --features element --target $(TARGET) -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --features element --target $(TARGET) --document-private-items

# The second: the outline as signals, and what a server renders.
test-native:
	cargo test
	cargo test --features csr --test live
	cargo test --features ssr --test server

# One browser page a binary; the runner finds chromedriver on the PATH.
test-browser: tools browser
	CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner \
	WASM_BINDGEN_TEST_TIMEOUT=300 \
	cargo test --target $(TARGET) --features element --test identity --test leptos

test-e2e: tools browser
	node --test --test-concurrency=1 tests/e2e/*.test.mjs

bench: dist browser
	cd benches/peers && npm ci --no-audit --no-fund --silent && node run.mjs

# Takes minutes once, on a machine that has none of it.
tools:
	@command -v cargo >/dev/null || { echo "install Rust first: https://rustup.rs"; exit 1; }
	@command -v npm >/dev/null || { echo "install Node.js 20 or newer first: https://nodejs.org"; exit 1; }
	@rustup target list --installed | grep -qx $(TARGET) || rustup target add $(TARGET)
	@wasm-bindgen --version 2>/dev/null | grep -qxF "wasm-bindgen $(WASM_BINDGEN)" || \
		cargo install wasm-bindgen-cli --version $(WASM_BINDGEN) --locked
	@trunk --version 2>/dev/null | grep -qxF "trunk $(TRUNK)" || cargo install trunk --version $(TRUNK) --locked
	@[ tests/e2e/node_modules/.package-lock.json -nt tests/e2e/package-lock.json ] || \
		npm ci --prefix tests/e2e --no-audit --no-fund --silent
	@[ -x target/python/bin/flask ] || { python3 -m venv target/python && \
		target/python/bin/pip install -q --disable-pip-version-check flask==$(FLASK); } || \
		echo "Python with venv is missing: the tests against a Flask backend will be skipped, and say so."

browser:
	@command -v chromedriver >/dev/null && command -v chromium >/dev/null && command -v firefox-esr >/dev/null || { \
		$(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq chromium chromium-driver firefox-esr; }

clean:
	cargo clean
	rm -rf dist
