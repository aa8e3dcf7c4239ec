/** Removes secrets from the report of a failure: those that are known by value, and what looks like one. */
import { HOST_PASSWORD, PASSWORD } from './servers.js';

/** Header fields whose whole value is a secret. */
const SECRET_HEADERS = new Set(['authorization', 'symbolon-proof']);
/** Members of a JSON text, and fields of a form, whose value is a secret. */
const SECRET_FIELDS = 'password|secret|access_token|refresh_token|sealed_grant|proof|token';
const JSON_FIELD = new RegExp(String.raw`("(?:${SECRET_FIELDS})"\s*:\s*)"(?:[^"\\]|\\.)*"`, 'g');
const FORM_FIELD = new RegExp(String.raw`((?:^|[?&])(?:${SECRET_FIELDS})=)[^&\s"'<]*`, 'gm');
const JWT = /eyJ[\w-]+\.[\w-]+\.[\w-]*/g;
/** Every cookie with this prefix counts as a credential. */
const COOKIE = /(__Host-[\w-]+=)[^;\s"']+/g;
/** The length, in characters, from which a value counts as a secret. Shorter ones occur in ordinary words. */
const SHORTEST = 8;

/**
 * Returns an exchange without its secrets: header fields that carry credentials, and fields of bodies.
 *
 * @param {import('./demo-server.js').Exchange} exchange
 */
export function redactExchange(exchange) {
  const { headers, answerHeaders, url, body, answer } = exchange;
  return {
    ...exchange,
    url: shapes(url),
    headers: redactHeaders(headers),
    answerHeaders: redactHeaders(answerHeaders),
    body: shapes(body),
    answer: shapes(answer),
  };
}

/**
 * Returns a function that removes from a text all secrets of a server, all of `more`, and what looks like a secret.
 *
 * @param {Partial<import('./demo-server.js').Demo> | undefined} demo
 * @param {string[]} more
 * @returns {(text: string) => string}
 */
export function withoutSecrets(demo, more = []) {
  const { tokens = [], cookies = [], vaultSecrets = [], exchanges = [] } = demo ?? {};
  const proofs = exchanges.map(({ headers }) => String(headers['symbolon-proof'] ?? ''));
  // A token works only with its signature, so the signature alone is a secret, too.
  const signatures = tokens.map((token) => token.split('.')[2] ?? '');
  const values = [...tokens, ...signatures, ...cookies, ...vaultSecrets, ...proofs, PASSWORD, HOST_PASSWORD, ...more];
  const spelled = values.filter((value) => value.length >= SHORTEST).flatMap((value) => [value, encodeURIComponent(value), value.replaceAll(' ', '+')]);
  // The longest come first, or only a part of a secret would be replaced.
  const secrets = [...new Set(spelled)].sort((one, other) => other.length - one.length);
  return (text) => shapes(secrets.reduce((text, secret) => text.replaceAll(secret, '[secret]'), text));
}

/** @param {string} text */
function shapes(text) {
  return text.replace(JSON_FIELD, '$1"[secret]"').replace(FORM_FIELD, '$1[secret]').replace(COOKIE, '$1[secret]').replace(JWT, '[secret]');
}

/** @param {import('node:http').IncomingHttpHeaders} headers */
function redactHeaders(headers) {
  const redacted = Object.entries(headers).map(([name, values]) => {
    if (SECRET_HEADERS.has(name)) return [name, '[secret]'];
    if (name === 'cookie') return [name, String(values).replace(/=[^;]*/g, '=[secret]')];
    if (name === 'set-cookie') return [name, [values].flat().map((value) => String(value).replace(/=[^;]*/, '=[secret]'))];
    return [name, values];
  });
  return Object.fromEntries(redacted);
}
