/** The exchange rates, each with a line that shows its last minute. */
import { element, find } from './dom.ts';
import type { Rate } from './ticker.ts';

const POINTS = 30;
const SVG = 'http://www.w3.org/2000/svg';
const history = new Map<string, number[]>();

export function show(rates: Rate[]): void {
  find('#rates').replaceChildren(
    ...rates.map(({ currency, rate }) => {
      const past = [...(history.get(currency) ?? []), rate].slice(-POINTS);
      history.set(currency, past);
      const digits = rate > 100 ? 2 : 4;
      return element('div', {}, element('dt', {}, currency), element('dd', {}, rate.toFixed(digits)), line(past));
    }),
  );
}

/** Draws the line. It is decoration: the number beside it says the rate. */
function line(values: number[]): SVGElement {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const y = (value: number) => (high === low ? 10 : 18 - ((value - low) / (high - low)) * 16);
  const points = values.map((value, at) => `${((at * 100) / (POINTS - 1)).toFixed(1)},${y(value).toFixed(1)}`);
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 100 20');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  const polyline = document.createElementNS(SVG, 'polyline');
  polyline.setAttribute('points', points.join(' '));
  svg.append(polyline);
  return svg;
}
