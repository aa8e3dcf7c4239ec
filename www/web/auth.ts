/** The auth client of the page. The page holds no token, so script in the page finds none to steal. */
import { createAuthClient } from 'symbolon';

export const auth = createAuthClient();
