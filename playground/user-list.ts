import type { KnownUser } from './device.ts';
import { element } from './dom.ts';
import { statusText } from './event-text.ts';

/** The users a device watches or has asked for, and how they are. */
export class UserList {
  readonly #list: HTMLUListElement;
  readonly #drop: (userID: string) => void;
  #shown = '';

  /** `drop` is called with a user who is to be watched no longer. */
  constructor(list: HTMLUListElement, drop: (userID: string) => void) {
    this.#list = list;
    this.#drop = drop;
  }

  show(users: ReadonlyMap<string, KnownUser>): void {
    const text = JSON.stringify([...users]);
    // Made anew only when it differs: the keyboard may be on one of its buttons.
    if (text === this.#shown) return;
    this.#shown = text;
    const focused = this.#list.querySelector<HTMLElement>('button:focus')?.dataset['user'];
    this.#list.replaceChildren(...[...users.values()].map((user) => this.#line(user)));
    for (const button of this.#list.querySelectorAll('button')) {
      if (button.dataset['user'] === focused) button.focus();
    }
  }

  #line({ status, isWatched }: KnownUser): HTMLLIElement {
    const line = element('li', '');
    line.dataset['state'] = status.state;
    line.append(
      element('span', 'mark'),
      element('span', 'who', status.userID),
      element('span', 'how', statusText(status)),
    );
    if (!isWatched) line.append(element('span', 'once', 'asked once'));
    line.append(this.#dropButton(status.userID, isWatched));
    return line;
  }

  #dropButton(userID: string, isWatched: boolean): HTMLButtonElement {
    const button = element('button', 'quiet icon', '×');
    button.type = 'button';
    button.dataset['user'] = userID;
    button.ariaLabel = isWatched ? `Watch ${userID} no longer` : `Take ${userID} off the list`;
    button.title = button.ariaLabel;
    button.addEventListener('click', () => this.#drop(userID));
    return button;
  }
}
