import type { Platform } from '../client/index.ts';
import { platforms } from '../protocol/platforms.ts';
import { Device, type LoginWish, type TicketWish } from './device.ts';
import { choose, element, onChoice, part } from './dom.ts';
import { LogView } from './log-view.ts';
import type { NetworkMode, PlaygroundServer } from './server.ts';
import { durationText } from './duration.ts';
import { UserList } from './user-list.ts';

/** What a new card has in its fields. */
export interface CardStart {
  readonly userID: string;
  readonly platform: Platform;
  readonly instanceId: string;
  readonly others: string;
}

/** What a card needs of its page. */
export interface CardHost {
  readonly server: PlaygroundServer;
  /** Reads a sentence to those who do not see the page. */
  announce(text: string): void;
  removed(card: Card): void;
}

/** One device on the page. */
export class Card {
  readonly root: HTMLElement;
  readonly #host: CardHost;
  readonly #device: Device;
  readonly #log: LogView;
  readonly #users: UserList;
  readonly #parts: ReturnType<typeof partsOf>;
  #announced = '';

  constructor(template: HTMLTemplateElement, host: CardHost, start: CardStart) {
    const copy = template.content.cloneNode(true) as DocumentFragment;
    this.root = copy.firstElementChild as HTMLElement;
    this.#host = host;
    this.#parts = partsOf(this.root);
    this.#log = new LogView(part(this.root, 'log', HTMLOListElement));
    this.#device = new Device(host.server, {
      changed: () => this.#show(),
      logged: (entry) => this.#log.add(entry),
    });
    this.#users = new UserList(part(this.root, 'users', HTMLUListElement), (userID) => {
      void this.#device.unwatch(userID);
    });
    this.#fill(start);
    this.#listenToLogin();
    this.#listenToNetwork();
    this.#listenToPresence();
    this.#show();
  }

  /** Shows what changes with time alone. */
  tick(): void {
    const { detail, pill, ticket, ticketBar, ticketText } = this.#parts;
    const { condition, ticket: life } = this.#device;
    const leftMs = (condition.untilMs ?? 0) - Date.now();
    const wait =
      condition.untilMs === undefined ? '' : leftMs > 0 ? ` in ${durationText(leftMs)}.` : ' now.';
    setText(detail, `${condition.detail}${wait}`);
    setText(pill, condition.label);
    if (life === undefined) {
      ticketBar.value = 0;
      setText(ticketText, 'no ticket');
      return;
    }
    const ticketLeftMs = Math.max(0, life.endsAtMs - Date.now());
    ticketBar.value = ticketLeftMs / life.lifeMs;
    ticket.toggleAttribute('data-low', ticketLeftMs < Math.min(life.lifeMs / 2, 300_000));
    setText(
      ticketText,
      ticketLeftMs > 0 ? `ticket ends in ${durationText(ticketLeftMs)}` : 'ticket has ended',
    );
  }

  #fill({ userID, platform, instanceId, others }: CardStart): void {
    const parts = this.#parts;
    for (const name of platforms) parts.platform.append(element('option', '', name));
    parts.user.value = userID;
    parts.platform.value = platform;
    parts.instance.value = instanceId;
    parts.others.value = others;
    const { makesTickets } = this.#host.server.facts;
    parts.lifeField.hidden = !makesTickets;
    parts.renewsField.hidden = !makesTickets;
    parts.ownTicketField.hidden = makesTickets;
    parts.ownTicket.required = !makesTickets;
  }

  #listenToLogin(): void {
    const { login, user, instance, renewButton, logoutButton, remove } = this.#parts;
    const device = this.#device;
    onSubmit(login, () => void device.login(this.#loginWish()));
    renewButton.addEventListener('click', () => void device.renew(this.#ticketWish()));
    logoutButton.addEventListener('click', () => void device.logout());
    for (const input of [user, instance]) input.addEventListener('input', () => this.#show());
    remove.addEventListener('click', () => {
      device.destroy();
      this.root.remove();
      this.#host.removed(this);
    });
  }

  #listenToNetwork(): void {
    const { network, reset, filter, clear } = this.#parts;
    onChoice(network, (mode) => void this.#device.setNetwork(mode as NetworkMode));
    choose(network, 'normal');
    reset.addEventListener('click', () => void this.#device.resetNetwork());
    onChoice(filter, (which) => this.#log.filter(which));
    choose(filter, 'all');
    clear.addEventListener('click', () => this.#log.clear());
  }

  #listenToPresence(): void {
    const { statusForm, status, watchForm, query } = this.#parts;
    onSubmit(statusForm, () => void this.#device.setStatus(status.value));
    onSubmit(watchForm, () => void this.#device.watch(this.#otherUsers()));
    query.addEventListener('click', () => void this.#device.query(this.#otherUsers()));
  }

  #otherUsers(): string[] {
    return this.#parts.others.value.split(/[\s,]+/).filter((name) => name !== '');
  }

  #loginWish(): LoginWish {
    const { user, platform, instance } = this.#parts;
    return {
      userID: user.value,
      platform: platform.value as Platform,
      instanceId: instance.value,
      ticket: this.#ticketWish(),
    };
  }

  #ticketWish(): TicketWish {
    const { life, renews, ownTicket } = this.#parts;
    return this.#host.server.facts.makesTickets
      ? { kind: 'made', expireS: Number(life.value), renews: renews.checked }
      : { kind: 'brought', userSig: ownTicket.value };
  }

  #show(): void {
    const { condition, users } = this.#device;
    this.root.dataset['tone'] = condition.tone;
    this.#showTitle();
    this.#showButtons();
    this.#users.show(users);
    this.tick();
    this.#announce(`${this.#parts.title.textContent}: ${condition.label}. ${condition.detail}`);
  }

  #showTitle(): void {
    const { user, instance, title, removeText, login, log } = this.#parts;
    const name = `${this.#device.userID || user.value || 'nobody'} on ${instance.value || 'a device'}`;
    setText(title, name);
    setText(removeText, `Remove ${name}`);
    login.ariaLabel = `Login of ${name}`;
    log.ariaLabel = `Log of ${name}: frames and events`;
    this.root.ariaLabel = name;
  }

  #showButtons(): void {
    const parts = this.#parts;
    const { userID, isReady, isTaken } = this.#device;
    parts.platform.disabled = isTaken;
    parts.instance.disabled = isTaken;
    parts.renewButton.disabled = userID === '';
    parts.logoutButton.disabled = !isTaken;
    for (const button of [parts.setStatus, parts.watch, parts.query]) button.disabled = !isReady;
    const wanted = parts.user.value;
    const text =
      userID === '' ? 'Log in' : userID === wanted ? 'Log in again' : `Switch to ${wanted}`;
    setText(parts.loginButton, text);
    // What is done already needs no emphasis.
    parts.loginButton.classList.toggle('primary', userID !== wanted);
  }

  #announce(text: string): void {
    if (this.#announced !== '' && this.#announced !== text) this.#host.announce(text);
    this.#announced = text;
  }
}

function partsOf(root: HTMLElement) {
  const field = (name: string): HTMLInputElement => part(root, name, HTMLInputElement);
  const button = (name: string): HTMLButtonElement => part(root, name, HTMLButtonElement);
  const form = (name: string): HTMLFormElement => part(root, name, HTMLFormElement);
  const select = (name: string): HTMLSelectElement => part(root, name, HTMLSelectElement);
  const any = (name: string): HTMLElement => part(root, name, HTMLElement);
  return {
    title: any('title'),
    pill: any('pill'),
    detail: any('detail'),
    remove: button('remove'),
    removeText: any('removeText'),
    ticket: any('ticket'),
    ticketBar: part(root, 'ticketBar', HTMLProgressElement),
    ticketText: any('ticketText'),
    login: form('login'),
    user: field('user'),
    platform: select('platform'),
    instance: field('instance'),
    lifeField: any('lifeField'),
    life: select('life'),
    ownTicketField: any('ownTicketField'),
    ownTicket: field('ownTicket'),
    renewsField: any('renewsField'),
    renews: field('renews'),
    loginButton: button('loginButton'),
    renewButton: button('renewButton'),
    logoutButton: button('logoutButton'),
    network: any('network'),
    reset: button('reset'),
    statusForm: form('statusForm'),
    status: field('status'),
    setStatus: button('setStatus'),
    watchForm: form('watchForm'),
    others: field('others'),
    watch: button('watch'),
    query: button('query'),
    filter: any('filter'),
    clear: button('clear'),
    log: any('log'),
  };
}

/** A form that never leaves the page. */
function onSubmit(form: HTMLFormElement, act: () => void): void {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    act();
  });
}

/** Touches the page only where it changes: a reader of the screen would say it again. */
function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}
