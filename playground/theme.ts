import { choose, onChoice } from './dom.ts';

const key = 'gatehouse.playground.theme';

/** Light, dark, or as the system has it; the choice is kept. */
export function setUpTheme(group: HTMLElement): void {
  const show = (theme: string): void => {
    if (theme === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
  };
  const kept = localStorage.getItem(key) ?? 'auto';
  choose(group, kept);
  show(kept);
  onChoice(group, (theme) => {
    localStorage.setItem(key, theme);
    show(theme);
  });
}
