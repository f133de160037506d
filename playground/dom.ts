/** The part of a template or page that carries this name in `data-part`. Throws when it is missing or another element. */
export function part<T extends Element>(root: ParentNode, name: string, type: new () => T): T {
  const found = root.querySelector(`[data-part="${name}"]`);
  if (found instanceof type) return found;
  throw new Error(`the page has no ${type.name} named ${name}`);
}

/** A new element with text in it; nothing is ever parsed as HTML. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  text = '',
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className !== '') made.className = className;
  made.textContent = text;
  return made;
}

let choices = 0;

/** Makes the radio buttons of a group one group of the page, and calls `chosen` with the value that was taken. */
export function onChoice(group: HTMLElement, chosen: (value: string) => void): void {
  const name = `choice-${++choices}`;
  for (const input of group.querySelectorAll('input')) {
    input.name = name;
    input.addEventListener('change', () => chosen(input.value));
  }
}

/** Shows a value of such a group as taken. */
export function choose(group: HTMLElement, value: string): void {
  for (const input of group.querySelectorAll('input')) input.checked = input.value === value;
}
