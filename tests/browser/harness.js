/** What browser tests import: browsers, servers, a fixture for each test, and the page of the demo. */
export { BROWSERS, ENGINES, needsTls, where } from './browsers.js';
export { bank, Demo, end, host, HOST_PASSWORD, PASSWORD } from './demo-server.js';
export { openSignedIn, signedIn, signIn, signOut, writeNote } from './demo-page.js';
export { fixture } from './fixture.js';
