/** What browser tests import: browsers, servers, a fixture for each test, and the page of the demo. */
export { BROWSERS, ENGINES, needsTls, where } from './browsers.js';
export { openSignedIn, signedIn, signIn, signOut, writeNote } from './demo-page.js';
export { Demo } from './demo-server.js';
export { fixture } from './fixture.js';
export { bank, end, host, HOST_PASSWORD, PASSWORD } from './servers.js';
