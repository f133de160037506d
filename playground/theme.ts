import { choose, onChoice } from './dom.ts';

const key = 'gatehouse.playground.theme';

/** Light, dark, or as the system has it; the choice is kept where the browser keeps anything. */
export function setUpTheme(group: HTMLElement): void {
  const storage = storageOf();
  const kept = storage?.getItem(key) ?? 'auto';
  choose(group, kept);
  show(kept);
  onChoice(group, (theme) => {
    storage?.setItem(key, theme);
    show(theme);
  });
}

function show(theme: string): void {
  if (theme === 'auto') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

function storageOf(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    // A browser that forbids storage throws at the very look at it.
    return undefined;
  }
}
