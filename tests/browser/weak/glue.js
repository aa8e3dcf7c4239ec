/** C-008: a WebAssembly module whose initialisation returns its memory, and does so again at every call. */
const MODULE = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 5, 3, 1, 0, 1, 7, 10, 1, 6, 109, 101, 109, 111, 114, 121, 2, 0]);
let exports;

export default async function open() {
  exports ??= (await WebAssembly.instantiate(MODULE)).instance.exports;
  return exports;
}
