/** Pages that the Rust server serves as files. */
export default {
  output: 'export',
  // A folder for each page, as servers of files like it.
  trailingSlash: true,
};
