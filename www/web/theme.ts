/** Light or dark: follows the system until the person chooses. */
import { find } from './dom.ts';

const KEY = 'theme';
const root = document.documentElement;
const system = matchMedia('(prefers-color-scheme: dark)');
const button = find<HTMLButtonElement>('#theme');

const isDark = () => (root.dataset['theme'] ? root.dataset['theme'] === 'dark' : system.matches);
const show = () => (button.ariaPressed = String(isDark()));

const chosen = localStorage.getItem(KEY);
if (chosen) root.dataset['theme'] = chosen;
show();
system.addEventListener('change', show);
button.addEventListener('click', () => {
  root.dataset['theme'] = isDark() ? 'light' : 'dark';
  localStorage.setItem(KEY, root.dataset['theme']);
  show();
});
