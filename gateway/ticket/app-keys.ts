import { SigningKey } from './signing-key.ts';

/** One app and its secrets as configured. */
export interface AppSecrets {
  readonly sdkAppId: number;
  readonly keys: readonly {
    readonly secret: string;
    /** Unix seconds; the last second in which the key still verifies tickets. Left out = for ever. */
    readonly endsAt?: number;
  }[];
}

interface AppKey {
  readonly key: SigningKey;
  readonly endsAt: number;
}

interface App {
  readonly dated: readonly AppKey[];
  /** All keys, as long as none has ended: the answer for nearly every ticket, without a new array. */
  readonly all: readonly SigningKey[];
  readonly firstEndsAt: number;
}

/** The apps this gateway serves and the keys that verify their tickets (rule TICKET-3). */
export class AppKeys {
  readonly #apps = new Map<number, App>();

  /** Throws an error an operator can act on when an entry makes no sense; it never quotes a secret. */
  constructor(apps: readonly AppSecrets[]) {
    for (const app of apps) {
      if (this.#apps.has(app.sdkAppId)) {
        throw new Error(`app ${app.sdkAppId} is configured twice: put its keys into one entry`);
      }
      checkApp(app);
      const dated = app.keys.map(({ secret, endsAt }) => ({
        key: new SigningKey(secret),
        endsAt: endsAt ?? Infinity,
      }));
      this.#apps.set(app.sdkAppId, {
        dated,
        all: dated.map(({ key }) => key),
        firstEndsAt: Math.min(...dated.map(({ endsAt }) => endsAt)),
      });
    }
  }

  /**
   * The keys of an app that are good at `nowS` (Unix seconds), in the configured order; empty when all have
   * ended, undefined when this gateway does not serve the app.
   */
  usable(sdkAppId: number, nowS: number): readonly SigningKey[] | undefined {
    const app = this.#apps.get(sdkAppId);
    if (app === undefined || nowS <= app.firstEndsAt) return app?.all;
    return app.dated.filter(({ endsAt }) => nowS <= endsAt).map(({ key }) => key);
  }
}

function checkApp({ sdkAppId, keys }: AppSecrets): void {
  if (!Number.isInteger(sdkAppId) || sdkAppId < 1 || sdkAppId > 0xffff_ffff) {
    throw new Error(`${sdkAppId} is no SDKAppID: it is a whole number from 1 to 4294967295`);
  }
  if (keys.length === 0) throw new Error(`app ${sdkAppId} has no key`);
  keys.forEach(({ secret, endsAt }, i) => {
    const name = `app ${sdkAppId}, key ${i + 1}`;
    if (secret === '') throw new Error(`${name}: the secret is empty`);
    if (endsAt !== undefined && !(Number.isSafeInteger(endsAt) && endsAt >= 0)) {
      throw new Error(`${name}: endsAt is a time in whole Unix seconds`);
    }
    const first = keys.findIndex((other) => other.secret === secret);
    if (first < i) throw new Error(`${name}: the secret is that of key ${first + 1} already`);
  });
}
