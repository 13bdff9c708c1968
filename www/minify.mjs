// The one step after Trunk's own: esbuild writes the release's scripts shorter. It changes no name that is seen from outside,
// and nothing of the WebAssembly.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { execFileSync } from "node:child_process";

const { TRUNK_PROFILE, TRUNK_STAGING_DIR: stage } = process.env;
if (TRUNK_PROFILE === "release") {
  const scripts = ["live-outline.js", "embed.js", "locales.js"].map((name) => join(stage, name));
  execFileSync("esbuild", [...scripts, "--bundle", "--external:./live-outline.js", "--external:./locales.js", "--minify", "--format=esm",
    "--target=es2022", "--legal-comments=none", "--log-level=warning", "--allow-overwrite", `--outdir=${stage}`], { stdio: "inherit" });
  // They are in the glue now.
  rmSync(join(stage, "snippets"), { recursive: true, force: true });
}
