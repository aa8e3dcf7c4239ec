/** An application as tutorials write them: the token goes to the page, which keeps it. It is here to be robbed. */
import { once } from 'node:events';
import http from 'node:http';
import { createHmac, randomBytes } from 'node:crypto';
import { listen } from './spy.js';

const PAGE = `<!doctype html><title>weak</title><script>(${listen})()</script><script type="module">
const { token } = await (await fetch('/sign-in', { method: 'POST' })).json();
localStorage.setItem('token', token);
const me = await fetch('/api/me', { headers: new Headers({ authorization: 'Bearer ' + token }) });
document.title = new TextDecoder().decode(await me.arrayBuffer());
</script>`;

export async function startWeakVictim() {
  const key = randomBytes(32);
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ sub: 'ann', exp: 4102444800 })}`;
  const token = `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
  const server = http.createServer((request, response) => {
    if (request.url === '/') return response.setHeader('content-type', 'text/html').end(PAGE);
    if (request.url === '/sign-in') return response.end(JSON.stringify({ token }));
    const known = request.headers.authorization === `Bearer ${token}`;
    response.writeHead(known ? 200 : 401).end(known ? 'ann' : '');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { origin: `http://localhost:${server.address().port}`, token, stop: () => server.close() };
}
