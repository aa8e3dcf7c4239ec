/** One long answer that says what is new, for as long as the session lives and somebody looks. */
import { ask } from './auth.ts';
import { say } from './dom.ts';
import type { Comment } from './guest-book.ts';
import type { Limits } from './limits.ts';
import type { Money } from './money.ts';

export interface Rate {
  readonly currency: string;
  readonly rate: number;
}

/** Each line has one of these. */
export interface News {
  readonly comments?: Comment[];
  readonly money?: Money;
  readonly rates?: Rate[];
  readonly session?: Limits;
}

export interface Follower {
  hear(news: News): void;
  /** The server has ended it: because the session is over, or what the person may do has changed. */
  ended(): Promise<void>;
}

/** How long to wait when the server cannot be reached. */
const PAUSE = 2000;

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

async function run({ hear, ended }: Follower, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const response = await ask('/api/ticker', { signal });
      say('#ticker', 'live');
      for await (const line of lines(response)) if (!signal.aborted) hear(JSON.parse(line));
      if (!signal.aborted) await ended();
    } catch {
      if (signal.aborted) return;
      say('#ticker', 'not now');
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}

/** An answer that has not come to its end, line by line. */
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
