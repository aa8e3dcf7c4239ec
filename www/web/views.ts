/** The views of the bank. The URL's hash names the view, so the browser's back and forward buttons work. */
import { find } from './dom.ts';

const TITLES: Record<string, string> = { money: 'Money', devices: 'Devices', people: 'People' };

/** Calls `load` with the view's name whenever another view is shown. */
export function onView(load: (view: string) => void): void {
  const turn = () => {
    // The link "Skip to the content" leads to #main, which is no view.
    if (location.hash === '#main') return;
    load(show());
    find(`[data-view=${current()}] h1`).focus();
  };
  addEventListener('hashchange', turn);
}

/** Shows the view that the URL names, and returns its name. */
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
