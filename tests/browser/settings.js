/** What `cargo xtask test` tells the tests: programs and folders, in environment variables. */

/**
 * Returns the environment variable with this name.
 *
 * @param {string} name
 */
export function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests with \`cargo xtask test browser\``);
  return value;
}
