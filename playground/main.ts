import { Card, type CardHost, type CardStart } from './card.ts';
import { part } from './dom.ts';
import { PlaygroundServer } from './server.ts';
import { setUpTheme } from './theme.ts';

/** Two devices that cannot be online together under most policies, and a friend. */
const firstDevices: readonly CardStart[] = [
  { userID: 'alice', platform: 'web', instanceId: 'laptop', others: 'bob' },
  { userID: 'alice', platform: 'web', instanceId: 'office', others: 'bob' },
  { userID: 'bob', platform: 'ios', instanceId: 'phone', others: 'alice' },
];
const tickMs = 250;

const add = part(document, 'add', HTMLButtonElement);
const notice = part(document, 'notice', HTMLElement);
const news = part(document, 'news', HTMLElement);

setUpTheme(part(document, 'theme', HTMLElement));
try {
  await begin();
} catch {
  notice.textContent = 'The gateway does not say where its playground is. Reload the page.';
  notice.hidden = false;
}

async function begin(): Promise<void> {
  const server = await PlaygroundServer.find();
  const { sdkAppId, policy, makesTickets } = server.facts;
  const facts = [location.host, `app ${sdkAppId}`, `policy ${policy}`];
  part(document, 'facts', HTMLElement).textContent = facts.join(' · ');
  if (!makesTickets) {
    notice.textContent =
      'The gateway runs with your own app, for which no tickets are made here: paste one of yours into each device.';
    notice.hidden = false;
  }
  showDevices(server);
}

function showDevices(server: PlaygroundServer): void {
  const devices = part(document, 'devices', HTMLElement);
  const template = part(document, 'card', HTMLTemplateElement);
  const cards = new Set<Card>();
  const host: CardHost = {
    server,
    announce: (text) => (news.textContent = text),
    removed: (card) => {
      cards.delete(card);
      add.focus();
    },
  };
  const show = (start: CardStart): Card => {
    const card = new Card(template, host, start);
    cards.add(card);
    devices.append(card.root);
    return card;
  };
  for (const start of firstDevices) show(start);
  let count = firstDevices.length;
  add.disabled = false;
  add.addEventListener('click', () => {
    const instanceId = `device-${++count}`;
    const card = show({ userID: 'alice', platform: 'android', instanceId, others: 'bob' });
    card.root.querySelector('input')?.focus();
    card.root.scrollIntoView({ block: 'nearest' });
  });
  setInterval(() => {
    for (const card of cards) card.tick();
  }, tickMs);
}
