//! The vault's module: compiled, bound to JavaScript, and made small.

use std::{
    collections::hash_map::DefaultHasher,
    env, fs,
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::{Bindgen, EncodeInto};

use crate::{
    package, script,
    setup::Tools,
    shell::{cargo, npm_tool, output_of, root, run, run_quietly, say, write_if_changed},
    slim,
};

/// What Rust's output uses. `--all-features` would let wasm-opt write what browsers do not read yet.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// wasm-bindgen's own ways to load a module weigh more than all that we do beside it, so the worker has these two parts.
const PARTS: &str = "export { __wbg_get_imports as imports, __wbg_finalize_init as begin };\n";
const TYPES_OF_PARTS: &str = "
export function imports(): WebAssembly.Imports;
export function begin(instance: WebAssembly.Instance): void;
";

/// Returns the path that the module is written to.
pub(crate) fn module() -> PathBuf {
    root().join("server/assets/vault.wasm")
}

pub(crate) fn build(tools: &Tools) -> Result<()> {
    say("compiling the vault to WebAssembly");
    let target = root().join("target");
    let mut compile = cargo_for_wasm(tools, &["build", "--profile", "wasm"]);
    // The paths of the checkout and of the dependencies would otherwise be in the module, and differ from one machine to
    // the next.
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    let sources = home.context("where is cargo's home?")?.join("registry/src");
    let remap =
        format!("--remap-path-prefix={}=. --remap-path-prefix={}=", root().display(), sources.display());
    // At this level LLVM puts functions into one another up to a size of 50; less is smaller, down to here.
    let apart = "-Cllvm-args=-inline-threshold=30";
    compile.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", format!("{remap} {apart}"));
    run("the vault", &mut compile)?;

    let bound = target.join("wasm-bindgen");
    let compiled = target.join("wasm32-unknown-unknown/wasm/symbolon_client.wasm");
    let pkg = package::folder().join("pkg");
    let (script_file, types_file) = (pkg.join("symbolon_client.js"), pkg.join("symbolon_client.d.ts"));
    let (stamp, state) = (bound.join("stamp"), state_of(&compiled)?);
    if [&script_file, &types_file, &module()].iter().all(|file| file.exists())
        && fs::read_to_string(&stamp).is_ok_and(|old| old == state)
    {
        return Ok(());
    }
    let mut output = Bindgen::new()
        .input_path(compiled)
        .web(true)?
        .omit_default_module_path(true)
        .typescript(true)
        .encode_into(EncodeInto::Always)
        .remove_producers_section(true)
        .generate_output()
        .context("wasm-bindgen")?;
    slim::trap_panics(output.wasm_mut())?;
    slim::blank_places(output.wasm_mut());
    let script = output.js().to_owned();
    slim::drop_unused_exports(output.wasm_mut(), &script);
    let script = slim::shorten_names(output.wasm_mut(), &script) + PARTS;
    output.emit(&bound).context("wasm-bindgen")?;
    write_if_changed(&script_file, script.as_bytes())?;
    let types = fs::read_to_string(bound.join("symbolon_client.d.ts"))? + TYPES_OF_PARTS;
    write_if_changed(&types_file, types.as_bytes())?;
    let small = optimise(&bound.join("symbolon_client_bg.wasm"))?;
    write_if_changed(&module(), &small)?;
    fs::write(stamp, state).context("writing the stamp of the bound module")
}

/// Returns what the bound module depends on: the compiled one, and this program, which binds it.
fn state_of(compiled: &Path) -> Result<String> {
    let program = fs::metadata(env::current_exe()?)?;
    Ok(format!("{:016x} {} {:?}", hash_of(compiled)?, program.len(), program.modified()?))
}

fn hash_of(file: &Path) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    fs::read(file).with_context(|| file.display().to_string())?.hash(&mut hasher);
    Ok(hasher.finish())
}

/// The vault's own tests, bound for a browser's worker to run, and the folder where they are.
pub(crate) fn tests(tools: &Tools) -> Result<PathBuf> {
    say("compiling the vault's tests to WebAssembly");
    let mut compile =
        cargo_for_wasm(tools, &["test", "--lib", "--no-run", "--message-format=json-render-diagnostics"]);
    let messages = output_of(compile.stderr(Stdio::inherit())).context("the vault's tests do not compile")?;
    let executable = messages.split("\"executable\":\"").nth(1).and_then(|rest| rest.split('"').next());
    let folder = root().join("target/wasm-bindgen-test");
    Bindgen::new()
        .input_path(executable.context("cargo names no module with the vault's tests")?)
        .out_name("tests")
        .web(true)?
        // It would be libtest's `main`, which cannot run there.
        .emit_start(false)
        .generate(&folder)
        .context("wasm-bindgen")?;
    script::platform(&folder)?;
    Ok(folder)
}

/// Cargo, about to do this to the vault.
pub(crate) fn cargo_for_wasm(tools: &Tools, arguments: &[&str]) -> Command {
    let mut command = cargo(arguments);
    command.args(["--quiet", "--package", "symbolon-client", "--target", "wasm32-unknown-unknown"]);
    if let Some(rustc) = &tools.wasm_rustc {
        command.env("RUSTC", rustc);
    }
    command
}

/// wasm-opt takes seconds, so its result is kept for as long as its input is the same.
fn optimise(input: &PathBuf) -> Result<Vec<u8>> {
    let output = root().join(format!("target/wasm-opt/{:016x}.wasm", hash_of(input)?));
    if !output.exists() {
        say("making it small with wasm-opt");
        fs::create_dir_all(root().join("target/wasm-opt"))?;
        let partial = output.with_extension("partial");
        let mut optimise = npm_tool(
            "wasm-opt",
            &[
                "-Oz",
                "--converge",
                "--low-memory-unused",
                "--zero-filled-memory",
                "--strip-debug",
                "--strip-target-features",
            ],
        );
        run_quietly("wasm-opt", optimise.args(FEATURES).arg(input).arg("-o").arg(&partial))?;
        fs::rename(partial, &output)?;
    }
    Ok(fs::read(output)?)
}
