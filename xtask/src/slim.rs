//! Takes out of the vault's module what no browser needs: what panics would say, and long names.

use std::collections::{HashMap, HashSet};

use anyhow::{Result, ensure};
use walrus::{
    FunctionBuilder, FunctionId, FunctionKind, Module,
    ir::{Call, Visitor, dfs_in_order},
};

/// What the standard library's functions that only panic have in their names.
const PANICS: [&str; 7] = [
    "::panicking::panic",
    "::panicking::assert_failed",
    "::panic_",
    "_fail",
    "::handle_error",
    "::handle_alloc_error",
    "::capacity_overflow",
];
/// What the names of all that formats text have in them.
const FORMATTING: &str = "::fmt::";

/// Makes a trap of every panic at once. It would end in one anyway, after the work of putting together a message that
/// nobody can read: in a worker, the standard library has nowhere to print it.
///
/// # Errors
/// When something else than a panic formats text, for that would trap then, too.
pub(crate) fn trap_panics(module: &mut Module) -> Result<()> {
    let named = |is_meant: &dyn Fn(&str) -> bool| -> HashSet<FunctionId> {
        let locals = module.funcs.iter_local().map(|(id, _)| module.funcs.get(id));
        let meant = locals.filter(|function| function.name.as_deref().is_some_and(is_meant));
        meant.map(walrus::Function::id).collect()
    };
    let is_of_std = |name: &str| {
        let path = name.trim_start_matches('<');
        ["core", "alloc", "std"].iter().any(|library| path.starts_with(library))
    };
    let panics = named(&|name| is_of_std(name) && PANICS.iter().any(|part| name.contains(part)));
    let formatting = named(&|name| name.contains(FORMATTING));
    ensure!(
        !panics.is_empty() && !formatting.is_empty(),
        "the module's functions have no names that are known here"
    );
    for (id, function) in module.funcs.iter_local() {
        if !panics.contains(&id) && !formatting.contains(&id) {
            let mut calls = Calls(HashSet::new());
            dfs_in_order(&mut calls, function, function.entry_block());
            let name = module.funcs.get(id).name.as_deref().unwrap_or_default();
            ensure!(calls.0.is_disjoint(&formatting), "{name} formats text, which the vault must do without");
        }
    }
    for id in panics.union(&formatting) {
        let FunctionKind::Local(function) = &module.funcs.get(*id).kind else { continue };
        let (arguments, kind) = (function.args.clone(), module.types.get(function.ty()));
        let (parameters, results) = (kind.params().to_vec(), kind.results().to_vec());
        let mut trap = FunctionBuilder::new(&mut module.types, &parameters, &results);
        trap.func_body().unreachable();
        module.funcs.get_mut(*id).kind = FunctionKind::Local(trap.local_func(arguments));
    }
    Ok(())
}

/// The functions that one calls by their names.
struct Calls(HashSet<FunctionId>);

impl Visitor<'_> for Calls {
    fn visit_call(&mut self, call: &Call) {
        self.0.insert(call.func);
    }
}

/// Gives short names to what module and script know each other by, and gives back the script with them. wasm-bindgen's
/// have a hash in them, which cannot be compressed, and they stand on both sides.
pub(crate) fn shorten_names(module: &mut Module, script: &str) -> String {
    let mut short = HashMap::new();
    let names = module.imports.iter_mut().map(|import| &mut import.name);
    for name in names.chain(module.exports.iter_mut().map(|export| &mut export.name)) {
        // The script has this one as a word of its own, too.
        if name != "memory" {
            let next = short_name(short.len());
            name.clone_from(short.entry(name.clone()).or_insert(next));
        }
    }
    let is_part_of_a_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '$';
    let mut shortened = String::new();
    for piece in script.split_inclusive(|letter| !is_part_of_a_word(letter)) {
        let word = piece.trim_end_matches(|letter| !is_part_of_a_word(letter));
        shortened += short.get(word).map_or(word, String::as_str);
        shortened += &piece[word.len()..];
    }
    shortened
}

/// `a` to `z`, then `a1` to `z1`, and so on.
fn short_name(index: usize) -> String {
    let letter = ('a'..='z').nth(index % 26).unwrap_or_default();
    match index / 26 {
        0 => letter.to_string(),
        round => format!("{letter}{round}"),
    }
}
