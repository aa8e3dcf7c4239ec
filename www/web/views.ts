/** Which part of the bank is shown: the address says it, so the browser's own back and forward work. */
import { find } from './dom.ts';

const TITLES: Record<string, string> = { money: 'Money', devices: 'Devices', people: 'People' };

/** Calls back with the view's name, whenever another one is shown. */
export function onView(load: (view: string) => void): void {
  const turn = () => {
    // The link that skips to the content is no view.
    if (location.hash === '#main') return;
    load(show());
    find(`[data-view=${current()}] h1`).focus();
  };
  addEventListener('hashchange', turn);
}

/** Shows what the address says. */
export function show(): string {
  const view = current();
  for (const section of document.querySelectorAll<HTMLElement>('[data-view]')) section.hidden = section.dataset['view'] !== view;
  for (const link of document.querySelectorAll<HTMLAnchorElement>('#views a')) {
    if (link.hash === address(view)) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  document.title = `Obol · ${TITLES[view]}`;
  return view;
}

export function current(): string {
  const view = location.hash.slice(2);
  const exists = Object.hasOwn(TITLES, view) && !(view === 'people' && find('#to-people').hidden);
  return exists ? view : 'money';
}

function address(view: string): string {
  return view === 'money' ? '#/' : `#/${view}`;
}
