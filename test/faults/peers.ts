/** What others publish about the same fault: the best figure we found, with where it stands. */
export interface PeerFigure {
  readonly text: string;
  /** The page that says so. */
  readonly source?: { readonly title: string; readonly url: string };
}

const crashPresence: PeerFigure = {
  text: 'Phoenix 30 s; ZEGOCLOUD 35 s; Centrifugo and Tencent Chat (web) 60 s',
  source: {
    title: 'Phoenix.Tracker',
    url: 'https://hexdocs.pm/phoenix_pubsub/Phoenix.Tracker.html',
  },
};

const restartEverything: PeerFigure = {
  text: 'Discord 2017: a restart of everything, millions of clients back within 20 min',
  source: { title: 'Discord', url: 'https://discordstatus.com/incidents/qk9cdgnqnhcn' },
};

/** By the id of a fault, or by its beginning where variants share one. */
const figures: Readonly<Record<string, PeerFigure>> = {
  F01: restartEverything,
  F02: {
    text: 'Sentinel notices a dead primary after 30 s by default',
    source: {
      title: 'Redis',
      url: 'https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/',
    },
  },
  F19: restartEverything,
  F22: restartEverything,
  F05: {
    text: 'Centrifugo finds a silent subscription by a probe each 30 s; by design, adapters of Socket.IO lose what falls in the gap',
    source: { title: 'centrifuge #594', url: 'https://github.com/centrifugal/centrifuge/pull/594' },
  },
  F06: crashPresence,
  F08: {
    text: 'Centrifugo 35 s (ping 25 s, pong 10 s); Tencent Chat 400 s (native)',
    source: {
      title: 'Tencent Chat',
      url: 'https://www.tencentcloud.com/zh/document/product/1047/34357',
    },
  },
  F12: {
    text: 'no figure; MongooseIM records the race as a bug',
    source: { title: 'MongooseIM #4788', url: 'https://github.com/esl/MongooseIM/issues/4788' },
  },
  F13: {
    text: 'no figure; MongooseIM records rows that outlive restarts',
    source: { title: 'MongooseIM #406', url: 'https://github.com/esl/MongooseIM/issues/406' },
  },
  F14: {
    text: 'NATS: told first, 10 s of grace, then closed over 2 min',
    source: {
      title: 'NATS',
      url: 'https://docs.nats.io/running-a-nats-service/nats_admin/lame_duck_mode',
    },
  },
  F15: {
    text: 'a presence server in Rust: 500,000 back in 20 to 30 s, on one big host',
    source: { title: 'Elixir Forum', url: 'https://elixirforum.com/t/42589' },
  },
  F16: {
    text: 'Centrifugo keeps up to 1 MB for a slow client',
    source: { title: 'Centrifugo', url: 'https://centrifugal.dev/docs/server/configuration' },
  },
  F18: crashPresence,
  F25: {
    text: 'Discord: 120 frames in 60 s, then closed',
    source: {
      title: 'Discord',
      url: 'https://discord.com/developers/docs/events/gateway#rate-limiting',
    },
  },
  F27: {
    text: 'NATS 2.12.1 by outside auditors: acknowledged writes lost',
    source: { title: 'Jepsen', url: 'https://jepsen.io/analyses/nats-2.12.1' },
  },
  N08: {
    text: 'Centrifugo allows 25 s more',
    source: { title: 'Centrifugo', url: 'https://centrifugal.dev/docs/server/authentication' },
  },
  N10: {
    text: 'Centrifugo writes the presence of each session every 25 s',
    source: { title: 'Centrifugo', url: 'https://centrifugal.dev/docs/server/presence' },
  },
};

/** The best figure published for a fault, or undefined where we found none. */
export function peerFigure(id: string): PeerFigure | undefined {
  return figures[id] ?? figures[id.split('-')[0] ?? ''];
}
