import { element } from './dom.ts';
import type { Entry } from './wire-log.ts';

/** The newest lines that are kept. */
const mostLines = 200;

/** Each kind of line by a sign, so that colour is not needed to tell them apart, and by words for those who listen. */
const signs: Readonly<Record<Entry['kind'], readonly [sign: string, words: string]>> = {
  sent: ['↑', 'sent'],
  received: ['↓', 'received'],
  socket: ['○', ''],
  event: ['◆', 'event'],
  problem: ['✕', 'failed'],
};

/** The log of one device on the page. It follows the newest line unless somebody has scrolled back. */
export class LogView {
  readonly #list: HTMLOListElement;

  constructor(list: HTMLOListElement) {
    this.#list = list;
  }

  add(entry: Entry): void {
    const list = this.#list;
    const isAtEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 4;
    list.append(lineOf(entry));
    if (list.childElementCount > mostLines) list.firstElementChild?.remove();
    if (isAtEnd) list.scrollTop = list.scrollHeight;
  }

  /** Shows `all`, `events` or `frames`. */
  filter(which: string): void {
    this.#list.dataset['filter'] = which;
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  clear(): void {
    this.#list.replaceChildren();
  }
}

function lineOf({ kind, name, ids, text }: Entry): HTMLLIElement {
  const line = element('li', '');
  line.dataset['kind'] = kind;
  const [sign, words] = signs[kind];
  const mark = element('span', 'sign', sign);
  mark.ariaHidden = 'true';
  const head = element('span', '');
  head.append(element('span', 'hidden', `${words} `), element('span', 'name', name));
  if (ids !== undefined) head.append(element('span', 'ids', ids));
  line.append(mark, head, element('time', '', new Date().toLocaleTimeString('en-GB')));
  if (text !== '') line.append(element('span', 'rest', text));
  return line;
}
