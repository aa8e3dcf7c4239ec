//! Takes out of the vault's module what no browser needs: what panics would say and where, what nobody calls, and long names.

use std::collections::{HashMap, HashSet};

use anyhow::{Result, ensure};
use walrus::{
    ConstExpr, Data, DataKind, FunctionBuilder, FunctionId, FunctionKind, Module,
    ir::{Call, Value, Visitor, dfs_in_order},
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
/// What the names have in them of all that formats text, and of the promises that js-sys would make of futures.
const UNUSED: [&str; 2] = ["::fmt::", "js_sys::futures::"];
/// How many bytes the place of a panic takes.
const PLACE: usize = 16;

/// Makes a trap of every panic at once. It would end in one anyway, after the work of putting together a message that
/// nobody can read: in a worker, the standard library has nowhere to print it.
///
/// # Errors
/// When something else calls what only panics need, or nobody, for that would trap then, too.
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
    let unused = named(&|name| UNUSED.iter().any(|part| name.contains(part)));
    ensure!(
        !panics.is_empty() && !unused.is_empty(),
        "the module's functions have no names that are known here"
    );
    for (id, function) in module.funcs.iter_local() {
        if !panics.contains(&id) && !unused.contains(&id) {
            let mut calls = Calls(HashSet::new());
            dfs_in_order(&mut calls, function, function.entry_block());
            let name = module.funcs.get(id).name.as_deref().unwrap_or_default();
            ensure!(calls.0.is_disjoint(&unused), "{name} calls what the vault must do without");
        }
    }
    for id in panics.union(&unused) {
        let FunctionKind::Local(function) = &module.funcs.get(*id).kind else { continue };
        let (arguments, kind) = (function.args.clone(), module.types.get(function.ty()));
        let (parameters, results) = (kind.params().to_vec(), kind.results().to_vec());
        let mut trap = FunctionBuilder::new(&mut module.types, &parameters, &results);
        trap.func_body().unreachable();
        module.funcs.get_mut(*id).kind = FunctionKind::Local(trap.local_func(arguments));
    }
    Ok(())
}

/// Takes the exports out that the script does not use, and what only they need.
pub(crate) fn drop_unused_exports(module: &mut Module, script: &str) {
    let used: HashSet<_> = script.split("wasm.").skip(1).map(word_of).collect();
    let unused = module.exports.iter().filter(|export| !used.contains(export.name.as_str()));
    for id in unused.map(walrus::Export::id).collect::<Vec<_>>() {
        module.exports.delete(id);
    }
}

/// Blanks where in the sources a panic would have happened: nobody can read that any more. Each place is the address and the
/// length of a path, and two numbers.
pub(crate) fn blank_places(module: &mut Module) {
    for id in module.data.iter().map(Data::id).collect::<Vec<_>>() {
        let data = module.data.get_mut(id);
        let DataKind::Active { offset: ConstExpr::Value(Value::I32(start)), .. } = data.kind else {
            continue;
        };
        let number = |bytes: &[u8]| bytes.try_into().map(u32::from_le_bytes).unwrap_or_default();
        let mut paths = Vec::new();
        for at in (0..data.value.len().saturating_sub(PLACE)).step_by(4) {
            let (address, length) = (number(&data.value[at..at + 4]), number(&data.value[at + 4..at + 8]));
            let from = address.wrapping_sub(start.cast_unsigned()) as usize;
            let path = from..from.saturating_add(length as usize);
            if data.value.get(path.clone()).is_some_and(|text| text.is_ascii() && text.ends_with(b".rs")) {
                data.value[at..at + PLACE].fill(0);
                paths.push(path);
            }
        }
        for path in paths {
            data.value[path].fill(0);
        }
    }
}

/// The functions that one calls by their names.
struct Calls(HashSet<FunctionId>);

impl Visitor<'_> for Calls {
    fn visit_call(&mut self, call: &Call) {
        self.0.insert(call.func);
    }
}

/// Shortens the names of imports and exports in the module, and returns the script with the new names. wasm-bindgen's
/// names contain a hash, which cannot be compressed, and they stand on both sides.
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
    let mut shortened = String::new();
    for piece in script.split_inclusive(|letter| !is_part_of_a_word(letter)) {
        let word = word_of(piece);
        shortened += short.get(word).map_or(word, String::as_str);
        shortened += &piece[word.len()..];
    }
    shortened
}

fn word_of(text: &str) -> &str {
    text.split(|letter| !is_part_of_a_word(letter)).next().unwrap_or_default()
}

fn is_part_of_a_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '$'
}

/// `a` to `z`, then `a1` to `z1`, and so on.
fn short_name(index: usize) -> String {
    let letter = ('a'..='z').nth(index % 26).unwrap_or_default();
    match index / 26 {
        0 => letter.to_string(),
        round => format!("{letter}{round}"),
    }
}
