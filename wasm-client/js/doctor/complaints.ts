/** The texts of the doctor: what is wrong, and what to do. */

/** One thing that is wrong. */
export interface Diagnosis {
  /** The code of the complaint, for programs. */
  readonly complaint: Complaint;
  /** Says what is wrong, in one sentence. */
  readonly problem: string;
  /** Says what to do about it. */
  readonly remedy: string;
}

/** The codes of all complaints. */
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

/** The texts of each complaint. @internal */
export const COMPLAINTS: Record<Complaint, Omit<Diagnosis, 'complaint'>> = {
  clock: {
    problem: "The browser's clock and the server's differ by more than one minute.",
    remedy: 'Sessions work all the same. For times that the server will judge, use auth.now() instead of Date.now().',
  },
  metadata_stripped: {
    problem: 'The server is there, but refuses /auth/vault.js because the headers Sec-Fetch-* do not reach it.',
    remedy: 'Configure every proxy between browser and server to pass on Sec-Fetch-Dest, Sec-Fetch-Mode and Sec-Fetch-Site.',
  },
  no_server: {
    problem: 'Something other than Symbolon answers at /auth/vault.js.',
    remedy: "Mount symbolon.routes() at /auth on the page's origin. In development, have the dev server pass /auth on to it.",
  },
  page_policy: {
    problem: "The page's Content-Security-Policy does not let the worker /auth/vault.js start.",
    remedy: "Add the page's own origin with the path /auth/vault.js to worker-src, or send the policy of symbolon.security_headers().",
  },
  plain_http: {
    problem: 'The page was loaded over plain http, where browsers provide neither the cookies nor the cryptography.',
    remedy: 'Serve the page over https, or open it as http://localhost.',
  },
  refused: {
    problem: 'The server refused to start the vault, or gave an answer that the client does not understand.',
    remedy: "Read auth.state.error, and the server's log, which says why it refused.",
  },
  service_worker: {
    problem: 'A service worker answers for /auth/vault.js, and the server does not give that script to service workers.',
    remedy: 'In the fetch listener of the service worker, return without respondWith() for paths below /auth. Then reload the page.',
  },
  trusted_types: {
    problem: "The page's Content-Security-Policy enforces Trusted Types, and does not allow the policy named symbolon.",
    remedy: 'Add symbolon to the directive trusted-types of that policy.',
  },
  unreachable: {
    problem: 'The server could not be reached, did not answer in time, or said that it cannot answer now.',
    remedy: 'Check that the server runs, and that its store does. The client tries again by itself.',
  },
  version_mismatch: {
    problem: 'The npm package symbolon and the crate symbolon-server have different versions.',
    remedy: 'Reload the page without its cache. If that does not help, release page and server with the same version.',
  },
  worker_policy: {
    problem: 'The worker /auth/vault.js runs, but its WebAssembly does not: a policy forbids it, or the module was changed on its way.',
    remedy:
      "Stop proxies from adding a Content-Security-Policy to /auth/vault.js, or add 'wasm-unsafe-eval' to it. Stop them from changing /auth/vault/*.wasm.",
  },
  wrong_origin: {
    problem: 'The page has another origin than the one in Config::new(), so the server refuses every sign-in as cross_origin.',
    remedy: 'Pass the origin in the address bar to Config::new(), or open the page at the configured origin.',
  },
};
