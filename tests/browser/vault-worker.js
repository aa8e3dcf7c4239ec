/** Runs the vault's own tests in a worker, and provides what the runner of wasm-bindgen-test would. */
import init, { WasmBindgenTestContext as Context, __wbgtest_console_error as record } from './tests.js';

let output = '';
self.__wbg_test_invoke = (test) => test();
self.__wbg_test_output_writeln = (line) => (output += `${line}\n`);
// With this, a panic's message is printed with its test.
console.error = (...words) => record(words);

async function run() {
  const exports = Object.entries(await init({ module_or_path: 'tests_bg.wasm' }));
  const tests = exports.filter(([name]) => name.startsWith('__wbgt_')).map(([, test]) => test);
  const passed = await new Context(false).run(tests);
  return { count: tests.length, passed, output };
}

run().then(postMessage, (error) => postMessage({ output: `${output}${error}` }));
