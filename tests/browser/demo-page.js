/** What a person does on the page of the demo. */
import { PASSWORD } from './servers.js';

/** @typedef {any} Page */

/**
 * Opens the demo in a page, and signs somebody in.
 *
 * @param {Page} page
 * @param {{ origin: string }} demo
 */
export async function openSignedIn(page, demo, name = 'ann') {
  await page.goto(demo.origin);
  await signIn(page, name);
}

/** @param {Page} page */
export async function signIn(page, name = 'ann') {
  await page.waitForSelector('#signed-out:not([hidden])');
  await page.type('[name=name]', name);
  await page.type('[name=password]', PASSWORD);
  await page.click('#sign-in button');
  await signedIn(page);
}

/** @param {Page} page */
export async function signedIn(page) {
  await page.waitForSelector('#signed-in:not([hidden])');
  await page.waitForSelector('#notes li');
}

/** @param {Page} page */
export async function signOut(page) {
  await page.click('#sign-out');
  await page.waitForSelector('#signed-out:not([hidden])');
  // The page is signed out at once, and then the server is told.
  await page.waitForFunction(() => localStorage.getItem('symbolon:sign-out') === null);
}

/**
 * @param {Page} page
 * @param {string} text
 */
export async function writeNote(page, text) {
  await page.type('[name=text]', text);
  await page.click('#write button');
  await page.waitForFunction((/** @type {string} */ text) => document.querySelector('#notes .text')?.textContent === text, {}, text);
}
