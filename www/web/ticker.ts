/** Reads the ticker, a response that streams news, while the session lives and the page is visible. */
import { request } from './api.ts';
import { say } from './dom.ts';
import type { Comment } from './guest-book.ts';
import type { SessionLimits } from './session-limits.ts';
import type { Money } from './money.ts';

export interface Rate {
  readonly currency: string;
  readonly rate: number;
}

/** One line of the response. Each line has one of these. */
export interface News {
  readonly comments?: Comment[];
  readonly money?: Money;
  readonly rates?: Rate[];
  readonly session?: SessionLimits;
}

export interface Follower {
  /** Called for every line. */
  onNews(news: News): void;
  /** Called when the server ends the response: the session is over, or the person's permissions changed. */
  onEnd(): Promise<void>;
}

/** How many milliseconds to wait before the next try, if the server cannot be reached. */
const RETRY_AFTER = 2000;

let running: AbortController | undefined;

export function stop(): void {
  running?.abort();
  running = undefined;
  say('#ticker', 'closed');
}

export function start(follower: Follower): void {
  if (running || document.hidden) return;
  running = new AbortController();
  run(follower, running.signal);
}

async function run({ onNews, onEnd }: Follower, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const response = await request('/api/ticker', { signal });
      say('#ticker', 'live');
      for await (const line of lines(response)) if (!signal.aborted) onNews(JSON.parse(line));
      if (!signal.aborted) await onEnd();
    } catch {
      if (signal.aborted) return;
      say('#ticker', 'connection lost, trying again');
      await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER));
    }
  }
}

/** Yields the lines of a response as they arrive. */
async function* lines(response: Response): AsyncGenerator<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    const [first = '', ...others] = part.value.split('\n');
    const whole = [rest + first, ...others];
    rest = whole.pop() ?? '';
    yield* whole;
  }
}
