/** What can be wrong, in plain words, and what to do. */

export interface Diagnosis {
  readonly complaint: Complaint;
  /** What is wrong. */
  readonly problem: string;
  /** What to do. */
  readonly remedy: string;
}

export type Complaint =
  | 'clock'
  | 'metadata_stripped'
  | 'no_server'
  | 'page_policy'
  | 'plain_http'
  | 'refused'
  | 'service_worker'
  | 'trusted_types'
  | 'unreachable'
  | 'version_mismatch'
  | 'worker_policy'
  | 'wrong_origin';

export const COMPLAINTS: Record<Complaint, Omit<Diagnosis, 'complaint'>> = {
  clock: {
    problem: "The browser's clock and the server's differ by more than a minute.",
    remedy: 'Sessions work all the same. For times that the server will judge, use auth.now() instead of Date.now().',
  },
  metadata_stripped: {
    problem: 'The server is there, and refuses to serve /auth/vault.js to a worker.',
    remedy: 'Have whatever stands between browser and server pass on the headers Sec-Fetch-Dest, Sec-Fetch-Mode and Sec-Fetch-Site.',
  },
  no_server: {
    problem: 'What answers at /auth/vault.js is not Symbolon.',
    remedy: 'Mount symbolon.routes() at /auth on the origin of the page. In development, have the dev server pass /auth on to it.',
  },
  page_policy: {
    problem: "The page's Content-Security-Policy does not let the worker /auth/vault.js start.",
    remedy: "Say worker-src with the page's own origin and /auth/vault.js, or send the policy of symbolon.security_headers().",
  },
  plain_http: {
    problem: 'The page was loaded over plain http, where browsers give it neither the cookies nor the cryptography.',
    remedy: 'Serve it over https, or open it as http://localhost.',
  },
  refused: {
    problem: 'The server refused the start, or answered what is not understood.',
    remedy: 'Look at auth.state.error, and at the log of the server: it says why it refused.',
  },
  service_worker: {
    problem: 'A service worker answers for /auth/vault.js, and the server gives that script to none.',
    remedy: 'In its fetch listener, return without respondWith() for paths below /auth; then load the page again.',
  },
  trusted_types: {
    problem: "The page's Content-Security-Policy enforces Trusted Types, and does not let the client name its worker.",
    remedy: 'Add symbolon to its trusted-types.',
  },
  unreachable: {
    problem: 'The server could not be reached, did not answer in time, or said that it cannot answer now.',
    remedy: 'See whether it runs, and whether its store does. The client tries again by itself.',
  },
  version_mismatch: {
    problem: 'The npm package symbolon in the page and the crate symbolon-server speak different versions.',
    remedy: 'Load the page again past its caches; if that does not help, release the page and the server with the same version.',
  },
  worker_policy: {
    problem: 'The worker /auth/vault.js runs, and its WebAssembly does not: a policy forbids it, or the module was changed on its way.',
    remedy: "Have nothing add a Content-Security-Policy to /auth/vault.js, or have it say 'wasm-unsafe-eval'; have nothing change /auth/vault/*.wasm.",
  },
  wrong_origin: {
    problem: 'The page has another origin than the one that the server was told it has, so that every sign-in is refused as cross_origin.',
    remedy: 'Give Config::new() the origin that stands in the address bar, or open the page at the origin that it was given.',
  },
};
