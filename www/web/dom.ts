/** Finds, fills and creates elements. Text from outside is set as text, and never as markup. */

/** Returns the element that the selector names. */
export function find<T extends HTMLElement = HTMLElement>(selector: string): T {
  return document.querySelector<T>(selector) as T;
}

/** Sets the text of an element. */
export function say(selector: string, text: string): void {
  const element = find(selector);
  if (element.textContent !== text) element.textContent = text;
}

type Attributes = Record<string, string | boolean>;

/** Creates an element. The value `true` sets an attribute without a value; `false` sets none. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== false) made.setAttribute(key, value === true ? '' : value);
  made.append(...children);
  return made;
}

/** Puts items into a list, or the text `none` if there are none. */
export function fill(selector: string, items: HTMLElement[], none: string): void {
  find(selector).replaceChildren(...(items.length > 0 ? items : [element('li', { class: 'quiet' }, none)]));
}
